/**
 * The API's side of the events stream. Of all API processes one reads (it holds the reader's lease), so that the reports of a job
 * are applied in the order in which they were made; when it goes, another goes on where it stopped. A report leaves the
 * stream only after it was applied.
 */
import type { WorkerEvent } from '../../contracts/jobs.ts';
import type { RedisHandle } from '../redis/redis.ts';
import type { Logger } from '../telemetry/log.ts';
import { EVENT_CONSUMER, EVENT_GROUP, type QueueKeys, queueKeys } from './keys.ts';
import { parseEvent, type ReceivedEvent, withoutSuperseded } from './received-event.ts';
import { asArray, asEntry, asText } from './reply.ts';
import { runScript, type Script, type ScriptArgument } from './script.ts';
import { BURY } from './scripts/bury.ts';
import { REMOVE } from './scripts/remove.ts';
import { RENEW_READER } from './scripts/renew-reader.ts';
import { TAKE_EVENTS } from './scripts/take-events.ts';
import { YIELD_READER } from './scripts/yield-reader.ts';
import { createStreamWatch, type StreamWatch } from './stream-watch.ts';

export interface EventReaderOptions {
  readonly redis: Pick<RedisHandle, 'client' | 'duplicate'>;
  readonly region: string;
  /** Names this process; unique. */
  readonly readerId: string;
  /** A reader that is silent this long is replaced. Default 5000. */
  readonly leaseMs?: number | undefined;
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
const DOWN_PAUSE_MS = 200;
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

class LeasedEventReader implements EventReader {
  readonly #options: EventReaderOptions;
  readonly #keys: QueueKeys;
  readonly #watch: StreamWatch;
  readonly #leaseMs: number;
  readonly #stopped = Promise.withResolvers<void>();
  #isStopping = false;
  #isReader = false;
  #running: Promise<void> | undefined;

  constructor(options: EventReaderOptions) {
    this.#options = options;
    this.#keys = queueKeys(options.region);
    this.#watch = createStreamWatch(options.redis, 'events');
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopped.resolve();
    this.#watch.close();
    await this.#running;
    // Without Redis the lease ends by itself.
    await this.#call(YIELD_READER, [this.#keys.eventReader], [this.#options.readerId]).catch(() => undefined);
  }

  async #run(): Promise<void> {
    let after = '0';
    while (!this.#isStopping) {
      try {
        after = await this.#step(after);
      } catch (error) {
        this.#options.log.debug({ err: error }, 'job reports cannot be read at the moment');
        after = '0';
        await this.#pause(DOWN_PAUSE_MS);
      }
    }
  }

  /** One look; returns the id to read after next time. */
  async #step(after: string): Promise<string> {
    const taken = await this.#take(after);
    this.#isReader = taken.type !== 'busy';
    if (taken.type === 'busy') await this.#pause(this.#leaseMs / 5);
    // What the reader before us left unfinished comes first.
    if (taken.type !== 'read') return '0';
    if (taken.events.length > 0) {
      await this.#applyBatch(taken.events);
      return after;
    }
    if (after === '>') {
      const lastIds = new Map([[this.#keys.events, taken.lastId]]);
      await this.#watch.wait(lastIds, Math.min(IDLE_WAIT_MS, this.#leaseMs / 2));
    }
    return '>';
  }

  async #take(after: string): Promise<Taken> {
    const { events, eventReader } = this.#keys;
    const { readerId } = this.#options;
    const args = [EVENT_GROUP, EVENT_CONSUMER, readerId, this.#leaseMs, BATCH, after];
    return parseTaken(await this.#call(TAKE_EVENTS, [events, eventReader], args));
  }

  /** Jobs side by side, each job's reports one after the other. */
  async #applyBatch(events: readonly ReceivedEvent[]): Promise<void> {
    const renewal = setInterval(() => void this.#renew(), this.#leaseMs / 4);
    try {
      for (const { id, problem } of events) {
        if (problem === undefined) continue;
        this.#options.log.error({ entryId: id, problem }, 'an entry of the events stream is no job report');
        await this.#bury(id, problem);
      }
      const readable = events.filter(({ problem }) => problem === undefined);
      const byJob = Map.groupBy(readable, ({ id, event }) => event?.jobId ?? id);
      await Promise.all([...byJob.values()].map(async (group) => this.#applyInOrder(group)));
    } finally {
      clearInterval(renewal);
    }
  }

  async #renew(): Promise<void> {
    const args = [this.#options.readerId, this.#leaseMs];
    const reply = await this.#call(RENEW_READER, [this.#keys.eventReader], args).catch(() => undefined);
    if (reply === 0) this.#isReader = false;
  }

  async #applyInOrder(events: readonly ReceivedEvent[]): Promise<void> {
    const done: string[] = [];
    for (const { id, event, supersedes } of withoutSuperseded(events)) {
      if (event !== undefined && !(await this.#applyPatiently(id, event))) break;
      done.push(...supersedes, id);
    }
    if (done.length > 0) await this.#call(REMOVE, [this.#keys.events], [EVENT_GROUP, ...done]);
  }

  /** True when the event is done with; false when we stopped or lost the lease before. */
  async #applyPatiently(id: string, event: WorkerEvent): Promise<boolean> {
    let failures = 0;
    for (let round = 0; this.#mayApply(); round += 1) {
      try {
        await this.#options.apply(event);
        return true;
      } catch (error) {
        if (await this.#isHealthy()) failures += 1;
        const facts = { err: error, jobId: event.jobId, report: event.type, failures };
        this.#options.log.warn(facts, 'a job report failed to apply');
        if (failures >= TRIES) {
          await this.#buryEvent(id, event, error);
          return true;
        }
        await this.#pause(Math.min(RETRY_PAUSE_MAX_MS, RETRY_PAUSE_MS * 2 ** round));
      }
    }
    return false;
  }

  #mayApply(): boolean {
    return this.#isReader && !this.#isStopping;
  }

  async #isHealthy(): Promise<boolean> {
    return this.#options.checkHealth().then(
      () => true,
      () => false,
    );
  }

  async #buryEvent(id: string, event: WorkerEvent, error: unknown): Promise<void> {
    const facts = { err: error, entryId: id, jobId: event.jobId, report: event.type };
    this.#options.log.error(facts, 'a job report cannot be applied');
    await this.#options.onDead(event, error);
    await this.#bury(id, error instanceof Error ? error.message : String(error));
  }

  async #bury(id: string, reason: string): Promise<void> {
    const { events, deadEvents } = this.#keys;
    await this.#call(BURY, [events, deadEvents], [EVENT_GROUP, id, reason, DEAD_MAX]);
  }

  async #call(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return runScript(this.#options.redis.client, script, { keys, args });
  }

  /** Ends early when we stop. */
  async #pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    await Promise.race([over.promise, this.#stopped.promise]);
    clearTimeout(timer);
  }
}

/** A reader of one region's reports; it does nothing before `start`. */
export function createEventReader(options: EventReaderOptions): EventReader {
  return new LeasedEventReader(options);
}
