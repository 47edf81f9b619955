import { defineScript } from '../script.ts';

/**
 * Tells the workers that a job is cancelled, and takes its entry off the stream if no worker has it.
 *
 * KEYS: job stream, dispatch key, cancel key. ARGV: group, control channel, job id, seconds the cancellation is remembered.
 * Returns how many listeners heard it.
 */
export const CANCEL = defineScript(
  'cancel',
  `
redis.call('SET', KEYS[3], '1', 'EX', ARGV[4])
local seen = redis.call('GET', KEYS[2])
local id = seen and string.match(seen, ' (.+)$')
if id then
  local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], id, id, 1)
  if pending.err or not pending[1] then redis.call('XDEL', KEYS[1], id) end
end
return redis.call('PUBLISH', ARGV[2], 'cancel ' .. ARGV[3])
`,
);
