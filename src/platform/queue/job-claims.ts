/**
 * A worker's side of the job streams: claims, leases, ends. A **claim** is one delivery of a job to this worker; it is the
 * worker's as long as its lease is renewed in time.
 */
import {
  type Fence,
  type JobMessage,
  LANES,
  type QueueName,
  type WorkerEvent,
} from '../../contracts/jobs.ts';
import type { Redis } from '../redis/redis.ts';
import { DISPATCH_MEMORY_SECONDS } from './job-dispatcher.ts';
import { type QueueKeys, queueKeys, WORKER_GROUP } from './keys.ts';
import { asArray, asEntry, asNumber, asText, type StreamEntry } from './reply.ts';
import { type Script, type ScriptArgument, runScript } from './script.ts';
import { BURY } from './scripts/bury.ts';
import { CLAIM } from './scripts/claim.ts';
import { FINISH } from './scripts/finish.ts';
import { HEARTBEAT } from './scripts/heartbeat.ts';
import { RELEASE } from './scripts/release.ts';
import { REMOVE } from './scripts/remove.ts';
import { TAKE_OVER } from './scripts/take-over.ts';

export type LeaseState = 'held' | 'lost' | 'cancelled';

export interface JobClaim {
  readonly message: JobMessage;
  readonly fence: Fence;
  /** Deliveries of this generation whose worker was lost. */
  readonly crashes: number;
  /** Renews the lease and tells whether it is still ours. Rejects when Redis does not answer. */
  heartbeat(): Promise<LeaseState>;
  /** Reports how the delivery ended and takes the job off the stream. False: the lease is lost and nothing happened. */
  finish(event: WorkerEvent): Promise<boolean>;
  /** Hands the job back for another worker at once. False: the lease is lost. */
  release(event: WorkerEvent): Promise<boolean>;
  /** Takes a cancelled job off the stream without a word. */
  drop(): Promise<void>;
}

export interface ClaimResult {
  readonly claims: readonly JobClaim[];
  /** Each stream's last id, to wait for news after. */
  readonly lastIds: ReadonlyMap<string, string>;
}

/** Every method rejects when Redis does not answer. */
export interface JobClaims {
  /** Takes up to `count` waiting jobs, interactive ones first. */
  claim(count: number): Promise<ClaimResult>;
  /** Takes up to `count` jobs whose worker has been silent for longer than the lease. */
  takeOver(count: number): Promise<readonly JobClaim[]>;
}

export interface JobClaimsOptions {
  readonly client: Redis;
  readonly region: string;
  readonly queues: readonly QueueName[];
  readonly workerId: string;
  readonly leaseMs: number;
  /** Told of entries that cannot be read; they have been moved to the dead stream. */
  readonly onMalformed: (entryId: string, reason: string) => void;
}

/** A relay that comes late must still find what it sent. */
const FINISHED_MEMORY_SECONDS = 3_600;
const DEAD_MAX = 10_000;

function isMessage(value: unknown): value is JobMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { jobId, kind, userId, generation, payload } = value as Record<string, unknown>;
  return (
    [jobId, kind, userId].every((field) => typeof field === 'string') &&
    Number.isInteger(generation) &&
    typeof payload === 'object' &&
    payload !== null
  );
}

/** @throws Error saying what is wrong with the entry */
function parseMessage(entry: StreamEntry): JobMessage {
  const text = entry.fields.get('job');
  if (text === undefined) throw new TypeError('it has no field "job"');
  const value: unknown = JSON.parse(text);
  if (!isMessage(value)) throw new TypeError('its "job" is not a job message');
  return value;
}

const countIn = (entry: StreamEntry, field: string): number => {
  const count = Number(entry.fields.get(field) ?? 0);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
};

interface Delivery {
  readonly stream: string;
  readonly entry: StreamEntry;
  readonly timesDelivered: number;
}

function createClaim(options: JobClaimsOptions, keys: QueueKeys, delivery: Delivery): JobClaim {
  const { stream, entry, timesDelivered } = delivery;
  const message = parseMessage(entry);
  const deliveries = countIn(entry, 'deliveries') + timesDelivered;
  const crashes = countIn(entry, 'crashes') + timesDelivered - 1;
  const call = async (script: Script, otherKeys: readonly string[], args: readonly ScriptArgument[] = []) =>
    asNumber(
      await runScript(options.client, script, {
        keys: [stream, ...otherKeys],
        args: [WORKER_GROUP, options.workerId, entry.id, timesDelivered, ...args],
      }),
    );
  const reportKeys = [keys.events, keys.dispatch(message.jobId)];
  return {
    message,
    fence: { generation: message.generation, delivery: deliveries },
    crashes,
    heartbeat: async () => {
      const reply = await call(HEARTBEAT, [keys.cancel(message.jobId)]);
      if (reply === 2) return 'cancelled';
      return reply === 1 ? 'held' : 'lost';
    },
    finish: async (event) =>
      (await call(FINISH, reportKeys, [JSON.stringify(event), FINISHED_MEMORY_SECONDS])) === 1,
    release: async (event) =>
      (await call(RELEASE, reportKeys, [
        JSON.stringify(event),
        message.generation,
        deliveries,
        crashes,
        DISPATCH_MEMORY_SECONDS,
      ])) === 1,
    drop: async () => {
      await runScript(options.client, REMOVE, { keys: [stream], args: [WORKER_GROUP, entry.id] });
    },
  };
}

/** Claims on the region's streams of the queues. */
export function createJobClaims(options: JobClaimsOptions): JobClaims {
  const { client, queues, workerId } = options;
  const keys = queueKeys(options.region);
  const streamsOf = (names: readonly QueueName[]): string[] =>
    LANES.flatMap((lane) => names.map((queue) => keys.jobs(queue, lane)));
  let turn = 0;

  /** Queues take turns at being first, so that a full one does not starve the others; lanes keep their rank. */
  function nextOrder(): string[] {
    turn = (turn + 1) % queues.length;
    return streamsOf([...queues.slice(turn), ...queues.slice(0, turn)]);
  }

  async function accept(delivery: Delivery): Promise<JobClaim[]> {
    try {
      return [createClaim(options, keys, delivery)];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await runScript(client, BURY, {
        keys: [delivery.stream, keys.deadJobs],
        args: [WORKER_GROUP, delivery.entry.id, reason, DEAD_MAX],
      });
      options.onMalformed(delivery.entry.id, reason);
      return [];
    }
  }

  async function acceptAll(streams: readonly string[], rows: readonly unknown[]): Promise<JobClaim[]> {
    const claims = rows.map(async (row) => {
      const [index, id, fields, timesDelivered] = asArray(row);
      return accept({
        stream: streams[asNumber(index) - 1] ?? '',
        entry: asEntry([id, fields]),
        timesDelivered: timesDelivered === undefined ? 1 : asNumber(timesDelivered),
      });
    });
    return (await Promise.all(claims)).flat();
  }

  return {
    claim: async (count) => {
      const streams = nextOrder();
      const reply = await runScript(client, CLAIM, { keys: streams, args: [WORKER_GROUP, workerId, count] });
      const [rows, ids] = asArray(reply).map(asArray);
      return {
        claims: await acceptAll(streams, rows ?? []),
        lastIds: new Map(streams.map((stream, at) => [stream, asText(ids?.[at])])),
      };
    },
    takeOver: async (count) => {
      const streams = nextOrder();
      const reply = await runScript(client, TAKE_OVER, {
        keys: streams,
        args: [WORKER_GROUP, workerId, options.leaseMs, count],
      });
      return acceptAll(streams, asArray(reply));
    },
  };
}
