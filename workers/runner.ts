/**
 * The worker's loop: claim what is waiting (interactive before bulk), take over what silent workers left, never run more than its
 * slots at once, and stop cleanly: claim nothing more, let jobs finish for a while, hand the rest back.
 */
import type { Logger } from 'pino';
import type { Config } from '../src/config/load-config.ts';
import { createEventWriter } from '../src/platform/queue/event-writer.ts';
import { listenForCancels } from '../src/platform/queue/cancel-listener.ts';
import { createJobClaims, type JobClaim } from '../src/platform/queue/job-claims.ts';
import { createStreamWatch } from '../src/platform/queue/stream-watch.ts';
import type { RedisHandle } from '../src/platform/redis/redis.ts';
import type { Storage } from '../src/platform/storage/storage.ts';
import { type Attempt, startAttempt } from './attempt.ts';
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
  readonly onUnexpected: (error: unknown, context: Record<string, unknown>) => void;
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

export function createRunner(options: RunnerOptions): Runner {
  const { config, redis, log } = options;
  const workerId = options.workerId ?? `wrk-${Bun.randomUUIDv7()}`;
  const folders = createWorkFolders(config.dataDir);
  const writer = createEventWriter(redis.client, config.region);
  const watch = createStreamWatch(redis, 'claims');
  const active = new Set<Attempt>();
  const takeOverIntervalMs = Math.min(TAKE_OVER_INTERVAL_MAX_MS, config.queue.leaseMs / 3);
  const claims = createJobClaims({
    client: redis.client,
    region: config.region,
    queues: config.worker.queues,
    leaseMs: config.queue.leaseMs,
    workerId,
    onMalformed: (entryId, reason) => log.error({ entryId, reason }, 'an entry of a job stream is no job'),
  });
  let isStopping = false;
  let slotFreed = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;
  let stopListening: (() => void) | undefined;
  let lookForLostAt = 0;

  function begin(claim: JobClaim): void {
    const attempt = startAttempt({ ...options, writer, folders, workerId }, claim);
    active.add(attempt);
    void attempt.done.then(() => {
      active.delete(attempt);
      slotFreed.resolve();
    });
  }

  async function takeOverLost(free: number): Promise<number> {
    if (performance.now() < lookForLostAt) return 0;
    const taken = await claims.takeOver(free);
    lookForLostAt = performance.now() + takeOverIntervalMs;
    for (const claim of taken) {
      const { jobId, kind } = claim.message;
      log.warn(
        { jobId, kind, fence: claim.fence, crashes: claim.crashes },
        'job taken over from a silent worker',
      );
      begin(claim);
    }
    return taken.length;
  }

  async function step(): Promise<void> {
    slotFreed = Promise.withResolvers<void>();
    const free = config.worker.concurrency - active.size;
    if (free <= 0) return slotFreed.promise;
    if ((await takeOverLost(free)) > 0) return undefined;
    const claimed = await claims.claim(free);
    for (const claim of claimed.claims) begin(claim);
    if (claimed.claims.length > 0 || isStopping) return undefined;
    return watch.wait(claimed.lastIds, Math.min(WAIT_MS, takeOverIntervalMs));
  }

  async function run(): Promise<void> {
    while (!isStopping) {
      try {
        await step();
      } catch (error) {
        log.debug({ err: error }, 'jobs cannot be claimed at the moment');
        await Bun.sleep(DOWN_PAUSE_MS);
      }
    }
  }

  async function drain(): Promise<void> {
    isStopping = true;
    watch.close();
    slotFreed.resolve();
    await running;
    const allDone = async () => Promise.all([...active].map(({ done }) => done));
    if (!(await within(allDone(), config.worker.drainMs))) {
      log.info({ jobs: [...active].map(({ jobId }) => jobId) }, 'handing running jobs back');
      for (const attempt of active) attempt.stop('shutdown');
      if (!(await within(allDone(), ABANDON_AFTER_MS))) for (const attempt of active) attempt.abandon();
      await allDone();
    }
    stopListening?.();
  }

  return {
    workerId,
    activeCount: () => active.size,
    start: async () => {
      const wiped = await folders.wipeStale();
      if (wiped > 0) log.info({ wiped }, 'work folders of dead workers wiped');
      stopListening = listenForCancels(redis, config.region, (jobId) => {
        for (const attempt of active) if (attempt.jobId === jobId) attempt.stop('cancelled');
      });
      running ??= run();
    },
    drain,
  };
}
