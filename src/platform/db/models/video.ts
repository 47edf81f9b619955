import { Schema } from 'mongoose';
import type { JobFailure } from '../../../contracts/jobs.ts';
import type { JobId, UserId, VideoId } from '../../../contracts/ids.ts';
import type { Probe } from '../../../contracts/media.ts';

export type VideoStatus = 'processing' | 'ready' | 'failed';

export interface VideoRecord {
  _id: VideoId;
  userId: UserId;
  title: string;
  /** The name the user's file had, for display and download only. */
  fileName: string;
  /** From the file's content, never from its name or the request. */
  contentType: string;
  sizeBytes: number;
  status: VideoStatus;
  failure?: Pick<JobFailure, 'code' | 'message'>;
  probe?: Probe;
  sha256?: string;
  sourceKey: string;
  posterKey?: string;
  thumbnailKey?: string;
  ingestJobId: JobId;
  createdAt: Date;
  updatedAt: Date;
}

export const videoSchema = new Schema<VideoRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    title: { type: String, required: true },
    fileName: { type: String, required: true },
    contentType: { type: String, required: true },
    sizeBytes: { type: Number, required: true },
    status: { type: String, enum: ['processing', 'ready', 'failed'], required: true },
    failure: Schema.Types.Mixed,
    probe: Schema.Types.Mixed,
    sha256: String,
    sourceKey: { type: String, required: true },
    posterKey: String,
    thumbnailKey: String,
    ingestJobId: { type: String, required: true },
  },
  { timestamps: true, strict: 'throw' },
);
videoSchema.index({ userId: 1, createdAt: -1, _id: -1 });
videoSchema.index({ userId: 1, status: 1, createdAt: -1, _id: -1 });
