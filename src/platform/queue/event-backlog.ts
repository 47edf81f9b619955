/** Whether the API has applied everything that workers had reported by some moment. */
import type { Redis } from '../redis/redis.ts';
import { queueKeys } from './keys.ts';
import { asArray, asText } from './reply.ts';

export interface EventBacklog {
  /** A mark after everything reported so far. */
  mark(region: string): Promise<string>;
  /** True when no report from before the mark is left on the stream. */
  isPast(region: string, mark: string): Promise<boolean>;
  /** Reports that wait to be applied. */
  length(region: string): Promise<number>;
}

const isAfter = (id: string, mark: string): boolean => {
  const [idMs = 0, idSequence = 0] = id.split('-').map(Number);
  const [markMs = 0, markSequence = 0] = mark.split('-').map(Number);
  return idMs === markMs ? idSequence > markSequence : idMs > markMs;
};

/** Every method rejects when Redis does not answer. */
export function createEventBacklog(client: Redis): EventBacklog {
  return {
    mark: async (region) => {
      const { events } = queueKeys(region);
      if ((await client.exists(events)) === 0) return '0-0';
      const info = asArray(await client.xinfo('STREAM', events));
      return asText(info[info.indexOf('last-generated-id') + 1]);
    },
    isPast: async (region, mark) => {
      const [oldest] = await client.xrange(queueKeys(region).events, '-', '+', 'COUNT', 1);
      return oldest === undefined || isAfter(oldest[0], mark);
    },
    length: async (region) => client.xlen(queueKeys(region).events),
  };
}
