/**
 * The newest frames of each user, kept in Redis so that a socket that was away can catch up. A stream per user, whose entry
 * ids are the frames' sequence numbers.
 *
 * A counter that is missing (new user, expired, emptied Redis) starts at the time in microseconds, not at 0: so a number is
 * never given out twice, and a client that resumes from before the loss is told of the gap instead of being handed other frames
 * under numbers it has seen.
 */
import type { Redis } from 'ioredis';
import type { UserId } from '../../contracts/ids.ts';
import type { ServerFrame } from '../../contracts/realtime.ts';

/** Frames kept per user. */
const KEPT_FRAMES = 500;
/** A log that got no frame for this long is dropped; a client away for longer reads the REST API instead. */
const LOG_TTL_SECONDS = 3_600;
const COUNTER_TTL_SECONDS = 7 * 86_400;

/** KEYS[1] counter. Leaves it existing. */
const START_COUNTER = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000000 + time[2]))
end
`;

/** KEYS: counter, log. ARGV: frame without its opening brace, frames kept, log TTL, counter TTL, channel. Returns the number. */
const APPEND = `${START_COUNTER}
local seq = string.format('%.0f', redis.call('INCR', KEYS[1]))
local frame = '{"seq":' .. seq .. ',' .. ARGV[1]
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[2], seq .. '-0', 'frame', frame)
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[5], frame)
return seq
`;

/** KEYS: counter. ARGV: counter TTL. Returns the number given out last. */
const POSITION = `${START_COUNTER}
redis.call('EXPIRE', KEYS[1], ARGV[1])
return redis.call('GET', KEYS[1])
`;

/** KEYS: counter, log. ARGV: number seen last, most frames. Returns the number given out last and the frames after the one seen. */
const SINCE = `
return { redis.call('GET', KEYS[1]), redis.call('XRANGE', KEYS[2], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2]) }
`;
/** Frames read at a time: all of a user's at once may be tens of megabytes, which nobody else's command should wait for. */
const PAGE_FRAMES = 50;

/** What a client missed. Without `complete` some of it is no longer kept, and the client must read the REST API again. */
export interface Missed {
  readonly frames: ServerFrame[];
  readonly complete: boolean;
  /** The number given out last; 0 when unknown. */
  readonly seq: number;
}

export interface ResumeLog {
  /** Numbers the frame, keeps it, and publishes it on the user's channel, in one step. @throws when Redis does not answer */
  append(userId: UserId, frame: Pick<ServerFrame, 'type' | 'data'>): Promise<void>;
  /** The number given out last. @throws when Redis does not answer */
  position(userId: UserId): Promise<number>;
  /** @throws when Redis does not answer */
  since(userId: UserId, after: number): Promise<Missed>;
}

/** The pub/sub channel of a user's numbered frames. The braces keep a user's keys on one slot of a cluster. */
export const frameChannel = (userId: UserId): string => `vfxb:rt:{${userId}}:frames`;

const counterKey = (userId: UserId): string => `vfxb:rt:{${userId}}:seq`;
const logKey = (userId: UserId): string => `vfxb:rt:{${userId}}:log`;

type Entry = readonly [id: string, fields: readonly [name: string, json: string]];

async function readPage(client: Redis, userId: UserId, after: number) {
  const answer = await client.eval(SINCE, 2, counterKey(userId), logKey(userId), after, PAGE_FRAMES);
  const [last, entries] = answer as [last: string | null, entries: Entry[]];
  return { last, page: entries.map(([, [, json]]) => JSON.parse(json) as ServerFrame) };
}

export function createResumeLog(client: Redis): ResumeLog {
  return {
    async append(userId, { type, data }) {
      const rest = JSON.stringify({ type, data }).slice(1);
      const keys = [counterKey(userId), logKey(userId)];
      await client.eval(
        APPEND,
        keys.length,
        ...keys,
        rest,
        KEPT_FRAMES,
        LOG_TTL_SECONDS,
        COUNTER_TTL_SECONDS,
        frameChannel(userId),
      );
    },

    async position(userId) {
      return Number(await client.eval(POSITION, 1, counterKey(userId), COUNTER_TTL_SECONDS));
    },

    async since(userId, after) {
      const frames: ServerFrame[] = [];
      let isWhole = true;
      let from = after;
      for (;;) {
        const { last, page } = await readPage(client, userId, from);
        const seq = Number(last ?? 0);
        const [first] = page;
        // A page that does not go on where the one before ended: what was between is no longer kept.
        isWhole &&= first === undefined ? from === seq : first.seq === from + 1;
        frames.push(...page);
        from = page.at(-1)?.seq ?? from;
        if (page.length < PAGE_FRAMES) return { frames, complete: last !== null && isWhole, seq };
      }
    },
  };
}
