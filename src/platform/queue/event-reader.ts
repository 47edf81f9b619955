/**
 * The API's side of the events stream. Of all API processes one reads (it holds the reader's lease), so that the reports of a job
 * are applied in the order in which they were made; when it goes, another goes on where it stopped. A report leaves the
 * stream only after it was applied.
 */
import type { WorkerEvent } from '../../contracts/jobs.ts';
import type { RedisHandle } from '../redis/redis.ts';
import type { Logger } from '../telemetry/log.ts';
import { EVENT_CONSUMER, EVENT_GROUP, queueKeys } from './keys.ts';
import { parseEvent, type ReceivedEvent, withoutSuperseded } from './received-event.ts';
import { asArray, asEntry, asText } from './reply.ts';
import { runScript } from './script.ts';
import { BURY } from './scripts/bury.ts';
import { REMOVE } from './scripts/remove.ts';
import { RENEW_READER } from './scripts/renew-reader.ts';
import { TAKE_EVENTS } from './scripts/take-events.ts';
import { YIELD_READER } from './scripts/yield-reader.ts';
import { createStreamWatch } from './stream-watch.ts';

export interface EventReaderOptions {
  readonly redis: Pick<RedisHandle, 'client' | 'duplicate'>;
  readonly region: string;
  /** Names this process; unique. */
  readonly readerId: string;
  /** A reader that is silent this long is replaced. Default 5000. */
  readonly leaseMs?: number;
  readonly log: Logger;
  /** Applies a report; must be harmless when repeated. */
  readonly apply: (event: WorkerEvent) => Promise<void>;
  /** Called with a report that could not be applied, before it is put aside. */
  readonly onDead: (event: WorkerEvent, error: unknown) => Promise<void>;
  /** Rejects while what `apply` needs is away: then a report is tried again for as long as that lasts. */
  readonly checkHealth: () => Promise<void>;
}

export interface EventReader {
  start(): void;
  /** Ends after the reports under way; another process goes on at once. */
  stop(): Promise<void>;
}

const DEFAULT_LEASE_MS = 5_000;
const BATCH = 64;
const IDLE_WAIT_MS = 2_000;
const RETRY_PAUSE_MS = 100;
const RETRY_PAUSE_MAX_MS = 2_000;
/** Failures of one report, while everything it needs is up, before it is put aside. */
const TRIES = 5;
const DEAD_MAX = 10_000;

type Taken =
  | { readonly type: 'busy' }
  | { readonly type: 'new' }
  | { readonly type: 'read'; readonly events: readonly ReceivedEvent[]; readonly lastId: string };

function parseTaken(reply: unknown): Taken {
  const [type, entries, lastId] = asArray(reply);
  if (type === 'busy' || type === 'new') return { type };
  const events = asArray(entries).map((entry) => parseEvent(asEntry(entry)));
  return { type: 'read', events, lastId: asText(lastId) };
}

export function createEventReader(options: EventReaderOptions): EventReader {
  const { redis, log, readerId, leaseMs = DEFAULT_LEASE_MS } = options;
  const keys = queueKeys(options.region);
  const watch = createStreamWatch(redis, 'events');
  const stopped = Promise.withResolvers<void>();
  let isStopping = false;
  let isReader = false;
  let running: Promise<void> | undefined;

  const pause = async (ms: number): Promise<void> => {
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, ms);
    await Promise.race([timer.promise, stopped.promise]);
    clearTimeout(handle);
  };

  async function take(after: string): Promise<Taken> {
    const reply = await runScript(redis.client, TAKE_EVENTS, {
      keys: [keys.events, keys.eventReader],
      args: [EVENT_GROUP, EVENT_CONSUMER, readerId, leaseMs, BATCH, after],
    });
    return parseTaken(reply);
  }

  async function bury(id: string, reason: string): Promise<void> {
    await runScript(redis.client, BURY, {
      keys: [keys.events, keys.deadEvents],
      args: [EVENT_GROUP, id, reason, DEAD_MAX],
    });
  }

  async function isHealthy(): Promise<boolean> {
    return options.checkHealth().then(
      () => true,
      () => false,
    );
  }

  async function buryEvent(id: string, event: WorkerEvent, error: unknown): Promise<void> {
    log.error(
      { err: error, entryId: id, jobId: event.jobId, report: event.type },
      'a job report cannot be applied',
    );
    await options.onDead(event, error);
    await bury(id, error instanceof Error ? error.message : String(error));
  }

  /** True when the event is done with; false when we stopped or lost the lease before. */
  async function applyPatiently(id: string, event: WorkerEvent): Promise<boolean> {
    let failures = 0;
    for (let round = 0; !isStopping && isReader; round += 1) {
      try {
        await options.apply(event);
        return true;
      } catch (error) {
        if (await isHealthy()) failures += 1;
        log.warn(
          { err: error, jobId: event.jobId, report: event.type, failures },
          'a job report failed to apply',
        );
        if (failures >= TRIES) {
          await buryEvent(id, event, error);
          return true;
        }
        await pause(Math.min(RETRY_PAUSE_MAX_MS, RETRY_PAUSE_MS * 2 ** round));
      }
    }
    return false;
  }

  async function applyInOrder(events: readonly ReceivedEvent[]): Promise<void> {
    const done: string[] = [];
    for (const received of withoutSuperseded(events)) {
      const isDone = received.event === undefined || (await applyPatiently(received.id, received.event));
      if (!isDone) break;
      done.push(...received.supersedes, received.id);
    }
    if (done.length === 0) return;
    await runScript(redis.client, REMOVE, { keys: [keys.events], args: [EVENT_GROUP, ...done] });
  }

  /** Jobs side by side, each job's reports one after the other. */
  async function applyBatch(events: readonly ReceivedEvent[]): Promise<void> {
    const renewal = setInterval(() => {
      runScript(redis.client, RENEW_READER, { keys: [keys.eventReader], args: [readerId, leaseMs] })
        .then((reply) => {
          isReader = reply === 1;
        })
        .catch(() => undefined);
    }, leaseMs / 4);
    try {
      for (const { id, problem } of events) {
        if (problem === undefined) continue;
        log.error({ entryId: id, problem }, 'an entry of the events stream is no job report');
        await bury(id, problem);
      }
      const readable = events.filter(({ problem }) => problem === undefined);
      const byJob = Map.groupBy(readable, ({ id, event }) => event?.jobId ?? id);
      await Promise.all([...byJob.values()].map(applyInOrder));
    } finally {
      clearInterval(renewal);
    }
  }

  /** One look; returns the id to read after next time. */
  async function step(after: string): Promise<string> {
    const taken = await take(after);
    isReader = taken.type !== 'busy';
    if (taken.type === 'busy') await pause(leaseMs / 5);
    // What the reader before us left unfinished comes first.
    if (taken.type !== 'read') return '0';
    if (taken.events.length > 0) {
      await applyBatch(taken.events);
      return after;
    }
    if (after === '>')
      await watch.wait(new Map([[keys.events, taken.lastId]]), Math.min(IDLE_WAIT_MS, leaseMs / 2));
    return '>';
  }

  async function run(): Promise<void> {
    let after = '0';
    while (!isStopping) {
      try {
        after = await step(after);
      } catch (error) {
        log.debug({ err: error }, 'job reports cannot be read at the moment');
        after = '0';
        await pause(RETRY_PAUSE_MS * 2);
      }
    }
  }

  return {
    start: () => {
      running ??= run();
    },
    stop: async () => {
      isStopping = true;
      stopped.resolve();
      watch.close();
      await running;
      await runScript(redis.client, YIELD_READER, { keys: [keys.eventReader], args: [readerId] }).catch(
        () => undefined,
      );
    },
  };
}
