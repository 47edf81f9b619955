import { defineScript } from '../script.ts';

/**
 * Whether a job's dispatch is still on its stream, waiting or with a worker.
 *
 * KEYS: job stream, dispatch key. ARGV: generation.
 * Returns 1 or 0.
 */
export const PRESENCE = defineScript(
  'presence',
  `
local seen = redis.call('GET', KEYS[2])
if not seen then return 0 end
local generation, id = string.match(seen, '^(%d+) (.+)$')
if tonumber(generation) < tonumber(ARGV[1]) then return 0 end
return #redis.call('XRANGE', KEYS[1], id, id)
`,
);
