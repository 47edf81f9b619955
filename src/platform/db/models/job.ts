import { Schema } from 'mongoose';
import type {
  Fence,
  JobFailure,
  JobKind,
  JobPayloads,
  JobProgress,
  JobResults,
  JobState,
  Lane,
  QueueName,
} from '../../../contracts/jobs.ts';
import { JOB_STATES } from '../../../contracts/jobs.ts';
import type { JobId, UserId } from '../../../contracts/ids.ts';

/** What a job is about, so that whoever owns the subject can find its jobs and react to their ends. */
export interface JobSubject {
  videoId?: string;
  projectId?: string;
  renderId?: string;
  conversationId?: string;
  messageId?: string;
}

/** The source of truth of a job; the stream only carries it to a worker. */
export interface JobRecord<K extends JobKind = JobKind> {
  _id: JobId;
  userId: UserId;
  kind: K;
  queue: QueueName;
  lane: Lane;
  region: string;
  state: JobState;
  subject: JobSubject;
  payload: JobPayloads[K];
  progress: JobProgress;
  /** Attempts that ended in an error. */
  attempts: number;
  /** Deliveries that ended without a word. */
  crashes: number;
  /** Highest fence seen; reports with a lower one change nothing. */
  fence: Fence;
  /** Worker that holds the job at `fence`. */
  workerId?: string;
  /** Stream entry of the current generation, once dispatched. */
  streamId?: string;
  /** When a worker last said anything about it, by the API's clock. */
  lastSeenAt?: Date;
  result?: JobResults[K];
  failure?: JobFailure;
  requestId: string;
  createdAt: Date;
  updatedAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
}

export const jobSchema = new Schema<JobRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    kind: { type: String, required: true },
    queue: { type: String, required: true },
    lane: { type: String, required: true },
    region: { type: String, required: true },
    state: { type: String, enum: [...JOB_STATES], required: true },
    subject: { type: Schema.Types.Mixed, required: true, default: {} },
    payload: { type: Schema.Types.Mixed, required: true },
    progress: { type: Schema.Types.Mixed, required: true },
    attempts: { type: Number, required: true, default: 0 },
    crashes: { type: Number, required: true, default: 0 },
    fence: { type: Schema.Types.Mixed, required: true },
    workerId: String,
    streamId: String,
    lastSeenAt: Date,
    result: Schema.Types.Mixed,
    failure: Schema.Types.Mixed,
    requestId: { type: String, required: true },
    startedAt: Date,
    finishedAt: Date,
  },
  { timestamps: true, strict: 'throw', minimize: false },
);
jobSchema.index({ userId: 1, createdAt: -1, _id: -1 });
jobSchema.index({ userId: 1, state: 1, createdAt: -1, _id: -1 });
jobSchema.index({ state: 1, updatedAt: 1 });
jobSchema.index({ 'subject.videoId': 1 });
jobSchema.index({ 'subject.projectId': 1 });

/**
 * A dispatch that is owed: written in the transaction that makes the job due, removed once the stream has it. A crash in
 * between sends twice, which the generation makes harmless.
 */
export interface OutboxRecord {
  /** `<jobId>:<generation>` */
  _id: string;
  jobId: JobId;
  generation: number;
  /** Not before this time; later than now for a retry that backs off. */
  dueAt: Date;
  createdAt: Date;
}

export const outboxSchema = new Schema<OutboxRecord>(
  {
    _id: { type: String, required: true },
    jobId: { type: String, required: true },
    generation: { type: Number, required: true },
    dueAt: { type: Date, required: true },
  },
  { timestamps: { createdAt: true, updatedAt: false }, strict: 'throw' },
);
outboxSchema.index({ dueAt: 1 });
outboxSchema.index({ jobId: 1 });
