import { Schema } from 'mongoose';
import type { OutputSettings } from '../../../contracts/edit-plan.ts';
import type { JobId, ProjectId, RenderId, UserId } from '../../../contracts/ids.ts';
import type { Probe } from '../../../contracts/media.ts';

/** A finished or coming file of one revision. Without `outputKey` it is not there yet; its job says why. */
export interface RenderRecord {
  _id: RenderId;
  userId: UserId;
  projectId: ProjectId;
  revision: number;
  jobId: JobId;
  output: OutputSettings;
  outputKey?: string;
  contentType?: string;
  sizeBytes?: number;
  sha256?: string;
  probe?: Probe;
  renderSeconds?: number;
  createdAt: Date;
  updatedAt: Date;
}

export const renderSchema = new Schema<RenderRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    projectId: { type: String, required: true },
    revision: { type: Number, required: true },
    jobId: { type: String, required: true },
    output: { type: Schema.Types.Mixed, required: true },
    outputKey: String,
    contentType: String,
    sizeBytes: Number,
    sha256: String,
    probe: Schema.Types.Mixed,
    renderSeconds: Number,
  },
  { timestamps: true, strict: 'throw' },
);
renderSchema.index({ projectId: 1, createdAt: -1, _id: -1 });
renderSchema.index({ userId: 1, createdAt: -1, _id: -1 });
