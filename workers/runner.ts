/**
 * The worker's loop: claim what is waiting (interactive before bulk), take over what silent workers left, never run more than its
 * slots at once, and stop cleanly: claim nothing more, let jobs finish for a while, hand the rest back.
 */
import type { Logger } from 'pino';
import type { Config } from '../src/config/load-config.ts';
import { listenForCancels } from '../src/platform/queue/cancel-listener.ts';
import { createEventWriter } from '../src/platform/queue/event-writer.ts';
import { createJobClaims, type JobClaim, type JobClaims } from '../src/platform/queue/job-claims.ts';
import { createStreamWatch, type StreamWatch } from '../src/platform/queue/stream-watch.ts';
import type { RedisHandle } from '../src/platform/redis/redis.ts';
import type { Storage } from '../src/platform/storage/storage.ts';
import type { ErrorReporter } from '../src/platform/telemetry/errors.ts';
import { type Attempt, type AttemptDeps, startAttempt } from './attempt.ts';
import type { JobRegistry } from './job-registry.ts';
import { createWorkFolders } from './work-folders.ts';

export interface RunnerOptions {
  readonly config: Pick<Config, 'dataDir' | 'ffmpeg' | 'queue' | 'region' | 'worker'>;
  readonly redis: Pick<RedisHandle, 'client' | 'duplicate'>;
  readonly storage: Storage;
  readonly registry: JobRegistry;
  readonly log: Logger;
  /** Default: unique. */
  readonly workerId?: string;
  readonly onUnexpected: ErrorReporter['captureUnexpected'];
}

export interface Runner {
  readonly workerId: string;
  /** Wipes what dead workers left, then begins to claim. */
  start(): Promise<void>;
  /** Jobs that run now. */
  activeCount(): number;
  /** Resolves when nothing runs any more: after `drainMs` what still runs is handed back. */
  drain(): Promise<void>;
}

const WAIT_MS = 2_000;
const DOWN_PAUSE_MS = 300;
const TAKE_OVER_INTERVAL_MAX_MS = 10_000;
/** How long handed-back jobs may take to end; a little more than a handler's own grace. */
const ABANDON_AFTER_MS = 7_000;

/** Resolves true when the promise does within the time. */
async function within(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), timeoutMs);
  const inTime = await Promise.race([promise.then(() => true), timeout.promise]);
  clearTimeout(timer);
  return inTime;
}

class WorkerRunner implements Runner {
  readonly workerId: string;
  readonly #options: RunnerOptions;
  readonly #deps: AttemptDeps;
  readonly #claims: JobClaims;
  readonly #watch: StreamWatch;
  readonly #active = new Set<Attempt>();
  readonly #takeOverIntervalMs: number;
  #lookForLostAt = 0;
  #isStopping = false;
  #slotFreed = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    const { config, redis, log } = options;
    this.workerId = options.workerId ?? `wrk-${Bun.randomUUIDv7()}`;
    this.#options = options;
    this.#deps = {
      ...options,
      workerId: this.workerId,
      events: createEventWriter(redis.client, config.region),
      folders: createWorkFolders(config.dataDir),
    };
    this.#watch = createStreamWatch(redis, 'claims');
    this.#takeOverIntervalMs = Math.min(TAKE_OVER_INTERVAL_MAX_MS, config.queue.leaseMs / 3);
    this.#claims = createJobClaims({
      client: redis.client,
      region: config.region,
      queues: config.worker.queues,
      leaseMs: config.queue.leaseMs,
      workerId: this.workerId,
      onMalformed: (entryId, reason) => log.error({ entryId, reason }, 'an entry of a job stream is no job'),
    });
  }

  async start(): Promise<void> {
    const { config, redis, log } = this.#options;
    const wiped = await this.#deps.folders.wipeStale();
    if (wiped > 0) log.info({ wiped }, 'work folders of dead workers wiped');
    this.#stopListening = listenForCancels(redis, config.region, (jobId) => {
      for (const attempt of this.#active) if (attempt.jobId === jobId) attempt.stop('cancelled');
    });
    this.#running ??= this.#run();
  }

  activeCount(): number {
    return this.#active.size;
  }

  async drain(): Promise<void> {
    this.#isStopping = true;
    this.#watch.close();
    this.#slotFreed.resolve();
    await this.#running;
    const { config, log } = this.#options;
    if (!(await within(this.#allDone(), config.worker.drainMs))) {
      log.info({ jobs: [...this.#active].map(({ jobId }) => jobId) }, 'handing running jobs back');
      for (const attempt of this.#active) attempt.stop('shutdown');
      if (!(await within(this.#allDone(), ABANDON_AFTER_MS)))
        for (const attempt of this.#active) attempt.abandon();
      await this.#allDone();
    }
    this.#stopListening?.();
  }

  async #allDone(): Promise<void> {
    await Promise.all([...this.#active].map(async ({ done }) => done));
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#step();
      } catch (error) {
        this.#options.log.debug({ err: error }, 'jobs cannot be claimed at the moment');
        await Bun.sleep(DOWN_PAUSE_MS);
      }
    }
  }

  async #step(): Promise<void> {
    this.#slotFreed = Promise.withResolvers<void>();
    const free = this.#options.config.worker.concurrency - this.#active.size;
    if (free <= 0) return this.#slotFreed.promise;
    if ((await this.#takeOverLost(free)) > 0) return undefined;
    const { claims, lastIds } = await this.#claims.claim(free);
    for (const claim of claims) this.#begin(claim);
    if (claims.length > 0 || this.#isStopping) return undefined;
    return this.#watch.wait(lastIds, Math.min(WAIT_MS, this.#takeOverIntervalMs));
  }

  async #takeOverLost(free: number): Promise<number> {
    if (performance.now() < this.#lookForLostAt) return 0;
    const taken = await this.#claims.takeOver(free);
    this.#lookForLostAt = performance.now() + this.#takeOverIntervalMs;
    for (const claim of taken) {
      const { jobId, kind } = claim.message;
      const facts = { jobId, kind, fence: claim.fence, crashes: claim.crashes };
      this.#options.log.warn(facts, 'job taken over from a silent worker');
      this.#begin(claim);
    }
    return taken.length;
  }

  #begin(claim: JobClaim): void {
    const attempt = startAttempt(this.#deps, claim);
    this.#active.add(attempt);
    void attempt.done.then(() => {
      this.#active.delete(attempt);
      this.#slotFreed.resolve();
    });
  }
}

/** A runner that takes the queues' jobs of its region; nothing happens before `start`. */
export function createRunner(options: RunnerOptions): Runner {
  return new WorkerRunner(options);
}
