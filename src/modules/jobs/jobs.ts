/** Puts the jobs module together: the service for others, and what runs in the background of an API process. */
import type { Config } from '../../config/load-config.ts';
import type { Database } from '../../platform/db/database.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import { createEventBacklog } from '../../platform/queue/event-backlog.ts';
import { createEventReader, type EventReader } from '../../platform/queue/event-reader.ts';
import { createJobDispatcher, type QueueDepth } from '../../platform/queue/job-dispatcher.ts';
import { createRelay } from '../../platform/queue/relay.ts';
import type { Realtime } from '../../platform/realtime/realtime.ts';
import type { RedisHandle } from '../../platform/redis/redis.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { createEventApplier, type EventApplier } from './apply-event.ts';
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

/** The readers of every region's reports. */
function createReaders(deps: JobsDeps, applier: EventApplier, counters: JobCounters): EventReader[] {
  const { config, db, redis, log, tuning } = deps;
  const readerId = `api-${Bun.randomUUIDv7()}`;
  return config.regions.map((region) =>
    createEventReader({
      redis,
      region,
      readerId,
      log,
      leaseMs: tuning?.readerLeaseMs,
      apply: async (event) => applier.apply(event),
      onDead: async (event) => {
        counters.dead += 1;
        await applier.giveUp(event);
      },
      checkHealth: async () => db.ping(),
    }),
  );
}

/** Nothing runs before `start`. */
export function createJobs(deps: JobsDeps): Jobs {
  const { config, db, redis, realtime, log, tuning } = deps;
  const repository = createJobRepository(db.models);
  const outcomes = createOutcomeRegistry();
  const counters = createJobCounters();
  const dispatcher = createJobDispatcher(redis.client);
  const backlog = createEventBacklog(redis.client);
  const relay = createRelay({
    sendDue: async () => dispatchDue({ db, repository, dispatcher, counters }),
    log,
  });
  const wakeRelay = (): void => relay.wake();
  const signalCancel = (job: JobRecord): void => {
    dispatcher.cancel(routeOf(job)).catch((error: unknown) => {
      log.warn({ err: error, jobId: job._id }, 'workers could not be told that the job is cancelled');
    });
  };
  const shared = { db, repository, outcomes, realtime, counters, log, wakeRelay, signalCancel };
  const service = createJobService({ ...shared, region: config.region });
  const applier = createEventApplier({ ...shared, random: tuning?.random ?? Math.random });
  const reconciler = createReconciler({
    ...shared,
    dispatcher,
    backlog,
    leaseMs: config.queue.leaseMs,
    intervalMs: tuning?.reconcileIntervalMs,
  });
  const background = [relay, reconciler, ...createReaders(deps, applier, counters)];
  let stopListening: (() => void) | undefined;

  return {
    service,
    counters,
    backlog: async () => {
      const streams = await Promise.all(config.regions.map(async (region) => dispatcher.depths(region)));
      const events = await Promise.all(config.regions.map(async (region) => backlog.length(region)));
      return { streams: streams.flat(), events: events.reduce((sum, length) => sum + length, 0) };
    },
    start: () => {
      const missing = outcomes.missing();
      if (missing.length > 0) throw new Error(`No module reacts to the outcomes of ${missing.join(', ')}`);
      stopListening = redis.onUp(wakeRelay);
      for (const part of background) part.start();
    },
    stop: async () => {
      stopListening?.();
      await Promise.all(background.map(async (part) => part.stop()));
    },
  };
}
