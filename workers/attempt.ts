/**
 * One attempt: a claimed job from its first report to its last. It runs until the handler ends or something stops it: the job was
 * cancelled, the lease is lost, the time is up, the worker shuts down. Every end is reported or handed back exactly once.
 */
import type { Logger } from 'pino';
import type { Config } from '../src/config/load-config.ts';
import { AppError, ERROR_KINDS } from '../src/contracts/errors.ts';
import {
  JOB_KINDS,
  type JobFailure,
  type JobKind,
  type JobKindPolicy,
  type JobResults,
} from '../src/contracts/jobs.ts';
import type { EventWriter } from '../src/platform/queue/event-writer.ts';
import type { JobClaim } from '../src/platform/queue/job-claims.ts';
import type { Storage } from '../src/platform/storage/storage.ts';
import type { ErrorReporter } from '../src/platform/telemetry/errors.ts';
import type { JobContext } from './job-context.ts';
import { handlerOf, type JobRegistry } from './job-registry.ts';
import { keepLease } from './lease-keeper.ts';
import { createReporter, type ReportBody, type Reporter } from './reporter.ts';
import type { WorkFolders } from './work-folders.ts';

export type StopReason = 'cancelled' | 'lost' | 'deadline' | 'shutdown';

export interface AttemptDeps {
  readonly config: Pick<Config, 'ffmpeg' | 'queue' | 'region'>;
  readonly registry: JobRegistry;
  readonly storage: Storage;
  readonly events: EventWriter;
  readonly folders: WorkFolders;
  readonly workerId: string;
  readonly log: Logger;
  /** Told of what no handler should throw. */
  readonly onUnexpected: ErrorReporter['captureUnexpected'];
}

export interface Attempt {
  readonly jobId: string;
  /** Stops the handler; the first reason counts. */
  stop(reason: StopReason): void;
  /** Gives up reporting the end (Redis is away and the worker must go). */
  abandon(): void;
  /** Resolves when the attempt has ended and its end is reported. Never rejects. */
  readonly done: Promise<void>;
}

/** How the handler ended, or what ended it. */
type Ending =
  | { readonly type: 'completed'; readonly result: JobResults[JobKind] }
  | { readonly type: 'failed'; readonly failure: JobFailure }
  | { readonly type: 'stopped'; readonly reason: StopReason };

/** How long a handler may take to end after it was stopped. */
const STOP_GRACE_MS = 5_000;
const REPORT_RETRY_MS = 250;

const fromAppError = (error: AppError): JobFailure => ({
  code: error.code,
  message: error.message,
  isRetryable: error.isRetryable,
});

class StoppedError extends Error {
  override readonly name = 'StoppedError';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`The job was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** Begins to run the claim. */
export function startAttempt(deps: AttemptDeps, claim: JobClaim): Attempt {
  const { message, fence } = claim;
  const { jobId, kind, requestId, userId } = message;
  const log = deps.log.child({ jobId, kind, requestId, userId, fence });
  const controller = new AbortController();
  const abandonment = new AbortController();
  const stop = (reason: StopReason): void => {
    if (!controller.signal.aborted) controller.abort(new StoppedError(reason));
  };
  const reporter = createReporter({
    claim,
    events: deps.events,
    workerId: deps.workerId,
    region: deps.config.region,
    onLost: (error) => log.debug({ err: error }, 'a report was lost'),
  });

  /** Repeats the last step until Redis answers: its answer alone says whether the end counts. */
  async function insist<T>(step: () => Promise<T>): Promise<T | undefined> {
    while (!abandonment.signal.aborted) {
      try {
        return await step();
      } catch (error) {
        log.debug({ err: error }, 'the end of the job cannot be reported at the moment');
        await Bun.sleep(REPORT_RETRY_MS);
      }
    }
    return undefined;
  }

  async function settle(ending: Ending): Promise<void> {
    if (ending.type === 'stopped' && ending.reason === 'cancelled') {
      await insist(async () => claim.drop());
      return log.info('job cancelled');
    }
    const body = reportOf(ending);
    const event = reporter.event(body);
    const counts = await insist(async () =>
      body.type === 'released' ? claim.release(event) : claim.finish(event),
    );
    if (counts === true) return log.info({ ...factsOf(ending) }, `job ${body.type}`);
    return log.warn({ ...factsOf(ending) }, 'the job has been taken over; this attempt changes nothing');
  }

  async function run(): Promise<void> {
    try {
      const ending = await runHandler({ deps, claim, reporter, log, controller, stop });
      await reporter.close();
      await settle(ending);
    } catch (error) {
      log.error({ err: error }, 'the attempt broke');
      deps.onUnexpected(error, { jobId, requestId });
    }
  }

  return {
    jobId,
    stop,
    abandon: () => abandonment.abort(),
    done: run(),
  };
}

function reportOf(ending: Ending): ReportBody & { type: 'completed' | 'failed' | 'released' } {
  if (ending.type !== 'stopped') return ending;
  if (ending.reason !== 'deadline') return { type: 'released' };
  return { type: 'failed', failure: fromAppError(new AppError('deadline_exceeded')) };
}

function factsOf(ending: Ending): Record<string, unknown> {
  if (ending.type === 'failed') return { failure: ending.failure };
  return ending.type === 'stopped' ? { reason: ending.reason } : {};
}

interface Running {
  readonly deps: AttemptDeps;
  readonly claim: JobClaim;
  readonly reporter: Reporter;
  readonly log: Logger;
  readonly controller: AbortController;
  readonly stop: (reason: StopReason) => void;
}

/** Resolves some seconds after the signal, for a handler that does not heed it. Keeps no process alive. */
async function graceAfter(signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  const begin = (): void => {
    setTimeout(over.resolve, STOP_GRACE_MS).unref();
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return over.promise;
}

function failureOf({ deps, claim, log }: Running, error: unknown): Ending {
  if (error instanceof AppError) {
    // The cause stays out of the report: it is for whoever reads the log, not for the user.
    if (error.cause !== undefined) log.warn({ err: error.cause, code: error.code }, 'the job failed');
    return { type: 'failed', failure: fromAppError(error) };
  }
  const { jobId, requestId } = claim.message;
  log.error({ err: error }, 'the job failed unexpectedly');
  deps.onUnexpected(error, { jobId, requestId });
  const { title } = ERROR_KINDS.internal;
  return { type: 'failed', failure: { code: 'internal', message: title, isRetryable: true } };
}

async function callHandler(running: Running, workFolder: string): Promise<Ending> {
  const { deps, claim, reporter, log, controller } = running;
  const { message, fence } = claim;
  const { signal } = controller;
  const handler = handlerOf(deps.registry, message.kind);
  if (handler === undefined)
    return failureOf(running, new Error(`This worker knows no job kind ${message.kind}`));
  const context: JobContext = {
    jobId: message.jobId,
    fence,
    signal,
    log,
    workFolder,
    storage: deps.storage,
    ffmpeg: deps.config.ffmpeg,
    progress: (progress) => reporter.progress(progress),
    delta: (messageId, text) => reporter.delta(messageId, text),
  };
  const stopReason = (): StopReason =>
    signal.reason instanceof StoppedError ? signal.reason.reason : 'lost';
  const handled = (async () => handler(message.payload, context))().then(
    (result): Ending =>
      signal.aborted && stopReason() === 'cancelled'
        ? { type: 'stopped', reason: 'cancelled' }
        : { type: 'completed', result },
    (error: unknown): Ending =>
      signal.aborted ? { type: 'stopped', reason: stopReason() } : failureOf(running, error),
  );
  let hasEnded = false;
  void handled.then(() => {
    hasEnded = true;
  });
  const ignored = graceAfter(signal).then((): Ending => {
    if (!hasEnded) log.error('the handler did not stop when it was told to');
    return { type: 'stopped', reason: stopReason() };
  });
  return Promise.race([handled, ignored]);
}

/** What is known before any work: poison, a job cancelled in the meantime, a lease lost at once. */
async function refusal({ deps, claim, log }: Running): Promise<Ending | undefined> {
  const { kind } = claim.message;
  const policy: JobKindPolicy | undefined = Object.hasOwn(JOB_KINDS, kind) ? JOB_KINDS[kind] : undefined;
  if (policy !== undefined && claim.crashes >= policy.maxCrashes) {
    const message = `The worker was lost ${claim.crashes} times while it ran this job`;
    return { type: 'failed', failure: { code: 'worker_lost', message, isRetryable: false } };
  }
  const state = await claim.heartbeat().catch((error: unknown) => {
    log.debug({ err: error, workerId: deps.workerId }, 'the lease cannot be checked at the moment');
    return 'held' as const;
  });
  return state === 'held' ? undefined : { type: 'stopped', reason: state };
}

async function runHandler(running: Running): Promise<Ending> {
  const { deps, claim, reporter, log, stop } = running;
  const refused = await refusal(running);
  if (refused !== undefined) return refused;
  const { jobId, kind } = claim.message;
  const { heartbeatMs, leaseMs } = deps.config.queue;
  reporter.report({ type: 'started' });
  log.info('job started');
  const releaseLease = keepLease({
    claim,
    heartbeatMs,
    leaseMs,
    onBeat: () => reporter.report({ type: 'heartbeat' }),
    onEnd: stop,
  });
  const policy: JobKindPolicy | undefined = Object.hasOwn(JOB_KINDS, kind) ? JOB_KINDS[kind] : undefined;
  const deadline = policy === undefined ? undefined : setTimeout(() => stop('deadline'), policy.timeoutMs);
  try {
    const folder = await deps.folders.create(jobId, claim.fence);
    try {
      return await callHandler(running, folder.path);
    } finally {
      await folder.remove().catch((error: unknown) => log.warn({ err: error }, 'a work folder remains'));
    }
  } catch (error) {
    return failureOf(running, error);
  } finally {
    clearTimeout(deadline);
    releaseLease();
  }
}
