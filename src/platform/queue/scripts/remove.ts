import { defineScript } from '../script.ts';

/**
 * Takes entries off a stream for good.
 *
 * KEYS: stream. ARGV: group, entry ids (at most some hundreds). Returns how many were there.
 */
export const REMOVE = defineScript(
  'remove',
  `
local ids = { unpack(ARGV, 2) }
redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
return redis.call('XDEL', KEYS[1], unpack(ids))
`,
);
