/** Puts the jobs module together: the service for others, and what runs in the background of an API process. */
import type { Config } from '../../config/load-config.ts';
import type { Database } from '../../platform/db/database.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import { createEventBacklog } from '../../platform/queue/event-backlog.ts';
import { createEventReader } from '../../platform/queue/event-reader.ts';
import { createJobDispatcher, type QueueDepth } from '../../platform/queue/job-dispatcher.ts';
import { createRelay } from '../../platform/queue/relay.ts';
import type { Realtime } from '../../platform/realtime/realtime.ts';
import type { RedisHandle } from '../../platform/redis/redis.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { createEventApplier } from './apply-event.ts';
import { createJobCounters, type JobCounters } from './counters.ts';
import { dispatchDue, routeOf } from './dispatch-due.ts';
import { createOutcomeRegistry } from './outcome-registry.ts';
import { createReconciler } from './reconciler.ts';
import { createJobRepository } from './repository.ts';
import { createJobService, type JobService } from './service.ts';

export interface JobsDeps {
  readonly config: Pick<Config, 'region' | 'regions' | 'queue'>;
  readonly db: Database;
  readonly redis: RedisHandle;
  readonly realtime: Pick<Realtime, 'publish'>;
  readonly log: Logger;
  /** Times for tests; production takes the defaults. */
  readonly tuning?: JobsTuning;
}

export interface JobsTuning {
  readonly reconcileIntervalMs?: number;
  readonly readerLeaseMs?: number;
  /** Source of the backoff's jitter: 0…1, exclusive of 1. */
  readonly random?: () => number;
}

export interface Jobs {
  readonly service: JobService;
  readonly counters: Readonly<JobCounters>;
  /** Length of every stream and of the reports that wait. Rejects when Redis does not answer. */
  backlog(): Promise<{ readonly streams: readonly QueueDepth[]; readonly events: number }>;
  /**
   * Begins to dispatch and to apply reports. Call it once every module has registered its outcomes.
   * @throws Error naming the job kinds that nobody reacts to
   */
  start(): void;
  /** Ends after what is under way; another API process goes on at once. Call it before Redis and the database are closed. */
  stop(): Promise<void>;
}

const optional = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

/** Nothing runs before `start`. */
export function createJobs({ config, db, redis, realtime, log, tuning = {} }: JobsDeps): Jobs {
  const repository = createJobRepository(db.models);
  const outcomes = createOutcomeRegistry();
  const counters = createJobCounters();
  const dispatcher = createJobDispatcher(redis.client);
  const backlog = createEventBacklog(redis.client);
  const relay = createRelay({ sendDue: async () => dispatchDue({ repository, dispatcher, counters }), log });
  const wakeRelay = (): void => relay.wake();
  const signalCancel = (job: JobRecord): void => {
    dispatcher.cancel(routeOf(job)).catch((error: unknown) => {
      log.warn(
        { err: error, jobId: job._id },
        'workers could not be told of a cancellation; its report will be ignored',
      );
    });
  };
  const service = createJobService({
    db,
    repository,
    outcomes,
    realtime,
    region: config.region,
    wakeRelay,
    signalCancel,
  });
  const applier = createEventApplier({
    db,
    repository,
    outcomes,
    realtime,
    counters,
    log,
    wakeRelay,
    signalCancel,
    random: tuning.random ?? Math.random,
  });
  const readerId = `api-${Bun.randomUUIDv7()}`;
  const readers = config.regions.map((region) =>
    createEventReader({
      redis,
      region,
      readerId,
      log,
      ...optional('leaseMs', tuning.readerLeaseMs),
      apply: applier.apply,
      onDead: async (event) => {
        counters.dead += 1;
        await applier.giveUp(event);
      },
      checkHealth: async () => db.ping(),
    }),
  );
  const reconciler = createReconciler({
    db,
    repository,
    dispatcher,
    backlog,
    counters,
    log,
    wakeRelay,
    leaseMs: config.queue.leaseMs,
    ...optional('intervalMs', tuning.reconcileIntervalMs),
  });
  let stopListening: (() => void) | undefined;

  return {
    service,
    counters,
    backlog: async () => {
      const streams = await Promise.all(config.regions.map(dispatcher.depths));
      const events = await Promise.all(config.regions.map(backlog.length));
      return { streams: streams.flat(), events: events.reduce((sum, length) => sum + length, 0) };
    },
    start: () => {
      const missing = outcomes.missing();
      if (missing.length > 0) throw new Error(`No module reacts to the outcomes of ${missing.join(', ')}`);
      stopListening = redis.onUp(wakeRelay);
      relay.start();
      for (const reader of readers) reader.start();
      reconciler.start();
    },
    stop: async () => {
      stopListening?.();
      await Promise.all([relay.stop(), reconciler.stop(), ...readers.map((reader) => reader.stop())]);
    },
  };
}
