/**
 * What a worker's report changes about a job: the rules of the queue in one pure function. Time and randomness come from
 * outside. A report is obeyed only if its fence is not older than the job's, and never once the job has ended.
 */
import {
  compareFences,
  JOB_KINDS,
  type JobFailure,
  type JobProgress,
  type JobResults,
  type JobKind,
  TERMINAL_STATES,
  type WorkerEvent,
} from '../../contracts/jobs.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import { retryDelayMs } from '../../platform/queue/retry-delay.ts';
import type { JobChanges } from './repository.ts';

export type Move =
  /** The report comes from an older delivery, after the end, or from nowhere. */
  | { readonly type: 'ignore'; readonly reason: 'ended' | 'stale' | 'unknown' }
  /** The job goes on. `isNews`: its owner is told. */
  | {
      readonly type: 'advance';
      readonly changes: JobChanges;
      readonly isNews: boolean;
      readonly isStart: boolean;
    }
  | {
      readonly type: 'retry';
      readonly changes: JobChanges;
      readonly generation: number;
      readonly dueAt: Date;
    }
  | { readonly type: 'complete'; readonly changes: JobChanges; readonly result: JobResults[JobKind] }
  /** `stopsWorker`: a worker still runs it. */
  | {
      readonly type: 'fail';
      readonly changes: JobChanges;
      readonly failure: JobFailure;
      readonly stopsWorker: boolean;
    };

export interface Circumstances {
  readonly now: Date;
  /** 0…1, exclusive of 1. */
  readonly random: number;
}

const WAITING: JobProgress = { percent: 0, stage: 'waiting' };

function fail(changes: JobChanges, failure: JobFailure, now: Date): Extract<Move, { type: 'fail' }> {
  return {
    type: 'fail',
    changes: { ...changes, state: 'failed', failure, finishedAt: now, workerId: undefined },
    failure,
    stopsWorker: false,
  };
}

/** Deliveries between the last one we heard of and this one, which ended without a word. */
function lostDeliveries(job: JobRecord, event: WorkerEvent): number {
  const isSameGeneration = event.fence.generation === job.fence.generation;
  const heardOf = isSameGeneration ? job.fence.delivery : 0;
  // The last one heard of ended without a word, too, unless it handed the job back (then the state is no longer active).
  const wasRunning = job.state === 'active' && heardOf > 0 && event.fence.delivery > heardOf;
  return Math.max(0, event.fence.delivery - heardOf - 1) + (wasRunning ? 1 : 0);
}

function start(job: JobRecord, event: WorkerEvent, now: Date): Move {
  const crashes = job.crashes + lostDeliveries(job, event);
  const seen: JobChanges = { fence: event.fence, workerId: event.workerId, lastSeenAt: now, crashes };
  if (crashes >= JOB_KINDS[job.kind].maxCrashes) {
    const failure: JobFailure = {
      code: 'worker_lost',
      message: `The worker was lost ${crashes} times while it ran this job`,
      isRetryable: false,
    };
    return { ...fail(seen, failure, now), stopsWorker: true };
  }
  return {
    type: 'advance',
    changes: { ...seen, state: 'active', progress: WAITING, startedAt: job.startedAt ?? now },
    isNews: true,
    isStart: true,
  };
}

function failOrRetry(job: JobRecord, failure: JobFailure, { now, random }: Circumstances): Move {
  const attempts = job.attempts + 1;
  const seen: JobChanges = { attempts, lastSeenAt: now };
  if (!failure.isRetryable || attempts >= JOB_KINDS[job.kind].maxAttempts) return fail(seen, failure, now);
  const generation = job.fence.generation + 1;
  return {
    type: 'retry',
    generation,
    dueAt: new Date(now.getTime() + retryDelayMs(attempts, random)),
    changes: {
      ...seen,
      state: 'retrying',
      fence: { generation, delivery: 0 },
      progress: WAITING,
      failure,
      workerId: undefined,
      streamId: undefined,
    },
  };
}

const clamped = (progress: JobProgress): JobProgress => ({
  ...progress,
  percent: Number.isFinite(progress.percent) ? Math.min(100, Math.max(0, progress.percent)) : 0,
});

const seenActive = (job: JobRecord, event: WorkerEvent, now: Date): JobChanges => ({
  fence: event.fence,
  workerId: event.workerId,
  lastSeenAt: now,
  state: 'active',
  startedAt: job.startedAt ?? now,
});

function complete(active: JobChanges, result: JobResults[JobKind], now: Date): Move {
  return {
    type: 'complete',
    result,
    changes: {
      ...active,
      state: 'completed',
      result,
      progress: { percent: 100, stage: 'done' },
      finishedAt: now,
      failure: undefined,
      workerId: undefined,
    },
  };
}

const SEEN_LATELY_MS = 1_000;

/** True when the row need not be written for a report that only says that the worker lives. */
function wasJustSeen(job: JobRecord, event: WorkerEvent, now: Date): boolean {
  const seenAt = job.lastSeenAt?.getTime() ?? 0;
  return (
    job.state === 'active' &&
    compareFences(event.fence, job.fence) === 0 &&
    now.getTime() - seenAt < SEEN_LATELY_MS
  );
}

/** Decides what the report does to the job; `undefined`: there is no such job. */
export function decideMove(
  job: JobRecord | undefined,
  event: WorkerEvent,
  circumstances: Circumstances,
): Move {
  if (job === undefined || event.fence.generation > job.fence.generation)
    return { type: 'ignore', reason: 'unknown' };
  if (TERMINAL_STATES.includes(job.state)) return { type: 'ignore', reason: 'ended' };
  if (compareFences(event.fence, job.fence) < 0) return { type: 'ignore', reason: 'stale' };

  const { now } = circumstances;
  if (event.type === 'started') return start(job, event, now);
  const active = seenActive(job, event, now);
  if (event.type === 'completed') return complete(active, event.result, now);
  if (event.type === 'failed') {
    const move = failOrRetry(job, event.failure, circumstances);
    return move.type === 'fail' ? { ...move, changes: { ...active, ...move.changes } } : move;
  }
  if (event.type === 'progress') {
    const changes = { ...active, progress: clamped(event.progress) };
    return { type: 'advance', changes, isNews: true, isStart: false };
  }
  if (event.type === 'released') {
    const changes: JobChanges = { ...active, state: 'queued', progress: WAITING, workerId: undefined };
    return { type: 'advance', changes, isNews: true, isStart: false };
  }
  const isNeedless = event.type === 'delta' && wasJustSeen(job, event, now);
  return { type: 'advance', changes: isNeedless ? {} : active, isNews: false, isStart: false };
}
