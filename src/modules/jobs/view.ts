/** A job as its owner sees it: no payload, no storage keys, no worker. */
import type { JobKind } from '../../contracts/jobs.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { ServerFrameType } from '../../contracts/realtime.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';
import type { JobView } from './schema.ts';

/** The part of a completed job's result that its owner may see; undefined: nothing. */
export type ViewResult = (job: JobRecord) => Record<string, unknown> | undefined;

function progressFields({ progress }: JobRecord) {
  const { percent, stage, fps, etaSeconds } = progress;
  return {
    progress: percent,
    stage,
    ...(fps === undefined ? {} : { fps }),
    ...(etaSeconds === undefined ? {} : { etaSeconds }),
  };
}

/** The view that REST and SSE give. */
export function viewJob<K extends JobKind>(job: JobRecord<K>, viewResult: ViewResult): JobView {
  const record: JobRecord = job;
  const result = record.state === 'completed' ? viewResult(record) : undefined;
  return {
    id: record._id,
    kind: record.kind,
    state: record.state,
    ...progressFields(record),
    attempts: record.attempts,
    ...record.subject,
    ...(result === undefined ? {} : { result }),
    ...(record.state === 'failed' && record.failure !== undefined
      ? { error: { code: record.failure.code, message: record.failure.message } }
      : {}),
    createdAt: record.createdAt.toISOString(),
    ...(record.startedAt === undefined ? {} : { startedAt: record.startedAt.toISOString() }),
    ...(record.finishedAt === undefined ? {} : { finishedAt: record.finishedAt.toISOString() }),
  };
}

const FRAME_OF_STATE: { readonly [S in JobRecord['state']]: ServerFrameType } = {
  queued: 'job.progress',
  active: 'job.progress',
  retrying: 'job.progress',
  completed: 'job.completed',
  failed: 'job.failed',
  cancelled: 'job.cancelled',
};

function endFields(job: JobRecord, viewResult: ViewResult): Record<string, unknown> {
  if (job.state === 'completed') return { result: viewResult(job) ?? {} };
  if (job.state === 'failed') return { code: job.failure?.code, message: job.failure?.message };
  return job.state === 'cancelled' ? {} : progressFields(job);
}

/** The frame that tells a job's owner where the job stands now. */
export function jobFrame(job: JobRecord, viewResult: ViewResult): OutgoingFrame {
  return {
    userId: job.userId,
    type: FRAME_OF_STATE[job.state],
    data: { jobId: job._id, kind: job.kind, state: job.state, ...job.subject, ...endFields(job, viewResult) },
  };
}
