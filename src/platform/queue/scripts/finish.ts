import { defineScript } from '../script.ts';
import { OWNS } from './ownership.ts';

/**
 * Ends a delivery: reports its last event and takes the entry off the stream, both or neither.
 *
 * KEYS: job stream, events stream, dispatch key. ARGV: group, consumer, entry id, times delivered, event JSON, seconds the dispatch is
 * remembered from now on (a relay that comes late must still find it).
 * Returns 1, or 0 when the lease is lost.
 */
export const FINISH = defineScript(
  'finish',
  `${OWNS}
if not owns() then return 0 end
redis.call('XADD', KEYS[2], '*', 'event', ARGV[5])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[3], ARGV[6])
return 1
`,
);
