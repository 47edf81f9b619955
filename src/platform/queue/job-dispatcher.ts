/** The API's side of the job streams: put a job on one, cancel it, ask whether it is still there. */
import type { JobId } from '../../contracts/ids.ts';
import type { JobMessage, Lane, QueueName } from '../../contracts/jobs.ts';
import { LANES, QUEUES } from '../../contracts/jobs.ts';
import type { Redis } from '../redis/redis.ts';
import { queueKeys, WORKER_GROUP } from './keys.ts';
import { asNumber, asText } from './reply.ts';
import { runScript } from './script.ts';
import { CANCEL } from './scripts/cancel.ts';
import { DISPATCH } from './scripts/dispatch.ts';
import { PRESENCE } from './scripts/presence.ts';

/** Which stream a job belongs on. */
export interface JobRoute {
  readonly jobId: JobId;
  readonly region: string;
  readonly queue: QueueName;
  readonly lane: Lane;
}

export interface QueueDepth {
  readonly region: string;
  readonly queue: QueueName;
  readonly lane: Lane;
  /** Entries on the stream: waiting and with a worker. */
  readonly length: number;
}

/** Every method rejects when Redis does not answer. */
export interface JobDispatcher {
  /** Puts the message on its stream; harmless when repeated. Resolves with the entry's id. */
  dispatch(route: JobRoute, message: JobMessage): Promise<string>;
  /** Tells workers, and takes the job off its stream if none has it. */
  cancel(route: JobRoute): Promise<void>;
  /** True while the job's dispatch of this generation (or a newer one) is on its stream. */
  isPresent(route: JobRoute, generation: number): Promise<boolean>;
  depths(region: string): Promise<QueueDepth[]>;
}

const DAY_SECONDS = 86_400;
/** Longer than any job is on a stream; then the reconciler dispatches it anew. */
export const DISPATCH_MEMORY_SECONDS = 30 * DAY_SECONDS;
const CANCEL_MEMORY_SECONDS = DAY_SECONDS;

export function createJobDispatcher(client: Redis): JobDispatcher {
  return {
    dispatch: async ({ jobId, region, queue, lane }, message) => {
      const keys = queueKeys(region);
      const reply = await runScript(client, DISPATCH, {
        keys: [keys.jobs(queue, lane), keys.dispatch(jobId)],
        args: [WORKER_GROUP, message.generation, JSON.stringify(message), DISPATCH_MEMORY_SECONDS],
      });
      return asText(reply);
    },
    cancel: async ({ jobId, region, queue, lane }) => {
      const keys = queueKeys(region);
      await runScript(client, CANCEL, {
        keys: [keys.jobs(queue, lane), keys.dispatch(jobId), keys.cancel(jobId)],
        args: [WORKER_GROUP, keys.control, jobId, CANCEL_MEMORY_SECONDS],
      });
    },
    isPresent: async ({ jobId, region, queue, lane }, generation) => {
      const keys = queueKeys(region);
      const reply = await runScript(client, PRESENCE, {
        keys: [keys.jobs(queue, lane), keys.dispatch(jobId)],
        args: [generation],
      });
      return asNumber(reply) === 1;
    },
    depths: async (region) => {
      const keys = queueKeys(region);
      const streams = QUEUES.flatMap((queue) => LANES.map((lane) => ({ queue, lane })));
      return Promise.all(
        streams.map(async ({ queue, lane }) => {
          const length = await client.xlen(keys.jobs(queue, lane));
          return { region, queue, lane, length };
        }),
      );
    },
  };
}
