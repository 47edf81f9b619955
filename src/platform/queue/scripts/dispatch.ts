import { defineScript } from '../script.ts';

/**
 * Puts a job on its stream, once for each generation however often it is asked to. An entry of an older generation is taken
 * off the stream: its worker, if it has one, loses its lease.
 *
 * KEYS: job stream, dispatch key. ARGV: group, generation, message JSON, seconds the dispatch is remembered.
 * Returns the entry's id.
 */
export const DISPATCH = defineScript(
  'dispatch',
  `
local seen = redis.call('GET', KEYS[2])
if seen then
  local generation, id = string.match(seen, '^(%d+) (.+)$')
  if tonumber(generation) >= tonumber(ARGV[2]) then return id end
  redis.call('XACK', KEYS[1], ARGV[1], id)
  redis.call('XDEL', KEYS[1], id)
end
local id = redis.call('XADD', KEYS[1], '*', 'job', ARGV[3])
redis.call('SET', KEYS[2], ARGV[2] .. ' ' .. id, 'EX', ARGV[4])
return id
`,
);
