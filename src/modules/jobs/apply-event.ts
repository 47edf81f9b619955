/** Applies a worker's report to the database in one transaction, and tells the owner what came of it after the commit. */
import { AppError, ERROR_KINDS, type ErrorCode } from '../../contracts/errors.ts';
import { type JobFailure, TERMINAL_STATES, type WorkerEvent } from '../../contracts/jobs.ts';
import type { Database } from '../../platform/db/database.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { OutgoingFrame, Realtime } from '../../platform/realtime/realtime.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { JobCounters } from './counters.ts';
import { decideMove, type Move } from './decide-move.ts';
import type { OutcomeRegistry } from './outcome-registry.ts';
import type { JobRepository } from './repository.ts';
import { jobFrame } from './view.ts';

export interface ApplyEventDeps {
  readonly db: Pick<Database, 'transaction' | 'afterCommit'>;
  readonly repository: JobRepository;
  readonly outcomes: OutcomeRegistry;
  readonly realtime: Pick<Realtime, 'publish'>;
  readonly counters: JobCounters;
  readonly log: Logger;
  readonly wakeRelay: () => void;
  readonly signalCancel: (job: JobRecord) => void;
  /** 0…1, exclusive of 1. */
  readonly random: () => number;
}

export interface EventApplier {
  /** Resolves once the report is in the database or known to change nothing. Applying it again is harmless. */
  apply(event: WorkerEvent): Promise<void>;
  /** Fails the job of a report that cannot be applied, lest it stay open for ever. */
  giveUp(event: WorkerEvent): Promise<void>;
}

/** Passing troubles of ours: the report is applied later, the job does not fail for it. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['database_unavailable', 'queue_unavailable', 'unavailable']);

/** The owning module refused the result; carries its reason out of the transaction that it undoes. */
class ResultRefused extends Error {
  override readonly name = 'ResultRefused';
  readonly reason: AppError;

  constructor(reason: AppError) {
    super(reason.message);
    this.reason = reason;
  }
}

const failureOf = (error: AppError): JobFailure => ({
  code: error.code,
  message: error.message,
  isRetryable: error.isRetryable,
});

const INTERNAL: JobFailure = { code: 'internal', message: ERROR_KINDS.internal.title, isRetryable: false };

/** Frames that the module which owns the job wants published. */
async function moduleFrames(
  outcomes: OutcomeRegistry,
  job: JobRecord,
  move: Move,
): Promise<readonly OutgoingFrame[]> {
  if (move.type === 'complete') {
    return outcomes.completed(job, move.result).catch((error: unknown) => {
      if (error instanceof AppError && !PASSING.has(error.code)) throw new ResultRefused(error);
      throw error;
    });
  }
  if (move.type === 'fail') return outcomes.failed(job, move.failure);
  return move.type === 'advance' && move.isStart ? outcomes.started(job) : [];
}

function deltaFrame(job: JobRecord, event: Extract<WorkerEvent, { type: 'delta' }>): OutgoingFrame {
  const { messageId, text, index } = event;
  const { conversationId } = job.subject;
  const place = conversationId === undefined ? {} : { conversationId };
  return {
    userId: job.userId,
    type: 'chat.delta',
    data: { messageId, text, index, jobId: job._id, ...place },
  };
}

function countMove(counters: JobCounters, move: Move): void {
  counters.events += 1;
  if (move.type === 'ignore') counters[move.reason] += 1;
  if (move.type === 'complete') counters.completed += 1;
  if (move.type === 'fail') counters.failed += 1;
  if (move.type === 'retry') counters.retried += 1;
}

/** Applies reports one at a time; the caller keeps those of one job in order. */
export function createEventApplier(deps: ApplyEventDeps): EventApplier {
  const { db, repository, outcomes, counters } = deps;

  async function moveRow(event: WorkerEvent, job: JobRecord, move: Move): Promise<OutgoingFrame[]> {
    if (move.type === 'ignore') return [];
    const isWritten = Object.keys(move.changes).length > 0;
    const moved = isWritten ? await repository.move(job, move.changes) : job;
    if (moved === undefined) return [];
    if (move.type === 'retry')
      await repository.addDispatch({ jobId: job._id, generation: move.generation, dueAt: move.dueAt });
    db.afterCommit(() => {
      if (move.type === 'retry') deps.wakeRelay();
      if (move.type === 'fail' && move.stopsWorker) deps.signalCancel(moved);
    });
    const isNews = move.type !== 'advance' || move.isNews;
    return [
      ...(isNews ? [jobFrame(moved, outcomes.viewResult)] : []),
      ...(event.type === 'delta' ? [deltaFrame(job, event)] : []),
      ...(await moduleFrames(outcomes, moved, move)),
    ];
  }

  async function applyOnce(event: WorkerEvent): Promise<void> {
    const { frames, move } = await db.transaction(async () => {
      const job = await repository.find(event.jobId);
      const move = decideMove(job, event, { now: new Date(), random: deps.random() });
      return { move, frames: job === undefined ? [] : await moveRow(event, job, move) };
    });
    countMove(counters, move);
    logMove(deps.log, event, move);
    for (const frame of frames) await deps.realtime.publish(frame);
  }

  /** The last resort when the owning module cannot even take the failure of its job. */
  async function closeRow(job: JobRecord): Promise<void> {
    if (TERMINAL_STATES.includes(job.state)) return;
    await repository.move(job, { state: 'failed', failure: INTERNAL, finishedAt: new Date() });
  }

  return {
    apply: async (event) => {
      try {
        await applyOnce(event);
      } catch (error) {
        if (!(error instanceof ResultRefused)) throw error;
        await applyOnce({ ...event, type: 'failed', failure: failureOf(error.reason) });
      }
    },
    giveUp: async (event) => {
      try {
        await applyOnce({ ...event, type: 'failed', failure: INTERNAL });
      } catch (error) {
        deps.log.error({ err: error, jobId: event.jobId }, "the job's owning module cannot take its failure");
        const job = await repository.find(event.jobId);
        if (job !== undefined) await closeRow(job);
      }
      // Its worker may still be at it, when the report was not its last.
      const job = await repository.find(event.jobId);
      if (job !== undefined && TERMINAL_STATES.includes(job.state)) deps.signalCancel(job);
    },
  };
}

function logMove(log: Logger, event: WorkerEvent, move: Move): void {
  const { jobId, kind, requestId, userId, fence, workerId } = event;
  const facts = { jobId, kind, requestId, userId, fence, workerId, report: event.type };
  if (move.type === 'ignore') log.info({ ...facts, reason: move.reason }, 'job report ignored');
  else if (move.type === 'advance' && !move.isStart) log.debug(facts, 'job report applied');
  else log.info({ ...facts, ...(move.type === 'fail' ? { failure: move.failure } : {}) }, `job ${move.type}`);
}
