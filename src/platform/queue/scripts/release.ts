import { defineScript } from '../script.ts';
import { OWNS } from './ownership.ts';

/**
 * Hands a delivery back: the job goes to the end of its stream as a new entry that remembers how often it was delivered (for the
 * fence) and how often its worker was lost.
 *
 * KEYS: job stream, events stream, dispatch key. ARGV: group, consumer, entry id, times delivered, event JSON, generation, deliveries in
 * all, workers lost in all, seconds the dispatch is remembered.
 * Returns 1, or 0 when the lease is lost.
 */
export const RELEASE = defineScript(
  'release',
  `${OWNS}
if not owns() then return 0 end
local entry = redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3])[1]
if not entry then return 0 end
local job = nil
for i = 1, #entry[2], 2 do
  if entry[2][i] == 'job' then job = entry[2][i + 1] end
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
redis.call('XADD', KEYS[2], '*', 'event', ARGV[5])
local id = redis.call('XADD', KEYS[1], '*', 'job', job, 'deliveries', ARGV[7], 'crashes', ARGV[8])
redis.call('SET', KEYS[3], ARGV[6] .. ' ' .. id, 'EX', ARGV[9])
return 1
`,
);
