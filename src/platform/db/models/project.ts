import { Schema } from 'mongoose';
import type { Operation } from '../../../contracts/edit-plan.ts';
import type { MessageId, ProjectId, RevisionId, UserId, VideoId } from '../../../contracts/ids.ts';

export interface ProjectRecord {
  _id: ProjectId;
  userId: UserId;
  name: string;
  videoId?: VideoId;
  status: 'active' | 'archived';
  /** Number of the revision the project shows; undo and redo move it. */
  head: number;
  /** Highest revision number given out; the next append is this plus one. */
  lastRevision: number;
  /** Revision numbers that redo returns to, the next one last. Emptied by an append. */
  redo: number[];
  createdAt: Date;
  updatedAt: Date;
  /** Mongoose's version key: each write of the project names the version it read. */
  version: number;
}

export const projectSchema = new Schema<ProjectRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    name: { type: String, required: true },
    videoId: String,
    status: { type: String, enum: ['active', 'archived'], required: true, default: 'active' },
    head: { type: Number, required: true, default: 0 },
    lastRevision: { type: Number, required: true, default: 0 },
    redo: { type: [Number], required: true, default: [] },
  },
  { timestamps: true, strict: 'throw', versionKey: 'version', optimisticConcurrency: true },
);
projectSchema.index({ userId: 1, updatedAt: -1, _id: -1 });
projectSchema.index({ userId: 1, status: 1, updatedAt: -1, _id: -1 });
projectSchema.index({ videoId: 1 });

export type RevisionCause = 'create' | 'edit' | 'chat' | 'reset';

/** One state of a project's edit plan. Written once, never changed. */
export interface RevisionRecord {
  _id: RevisionId;
  projectId: ProjectId;
  userId: UserId;
  /** 0 is the untouched video. */
  number: number;
  /** The revision that was the head when this one was made; undo goes there. */
  parent?: number;
  operations: Operation[];
  cause: RevisionCause;
  messageId?: MessageId;
  createdAt: Date;
}

export const revisionSchema = new Schema<RevisionRecord>(
  {
    _id: { type: String, required: true },
    projectId: { type: String, required: true },
    userId: { type: String, required: true },
    number: { type: Number, required: true },
    parent: Number,
    operations: { type: [Schema.Types.Mixed], required: true, default: [] } as never,
    cause: { type: String, enum: ['create', 'edit', 'chat', 'reset'], required: true },
    messageId: String,
  },
  { timestamps: { createdAt: true, updatedAt: false }, strict: 'throw', minimize: false },
);
revisionSchema.index({ projectId: 1, number: -1 }, { unique: true });
