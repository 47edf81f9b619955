import { defineScript } from '../script.ts';

/**
 * Moves an entry that nobody can handle to a stream for people to look at.
 *
 * KEYS: stream, dead stream. ARGV: group, entry id, reason, most entries the dead stream keeps.
 * Returns 1, or 0 when the entry has gone already.
 */
export const BURY = defineScript(
  'bury',
  `
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if not entry then return 0 end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'id', ARGV[2], 'reason', ARGV[3], unpack(entry[2]))
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
`,
);
