import { defineScript } from '../script.ts';
import { OWNS } from './ownership.ts';

/**
 * Renews a lease.
 *
 * KEYS: job stream, cancel key. ARGV: group, consumer, entry id, times delivered.
 * Returns 0 when the lease is lost, 1 when it is held, 2 when the job has been cancelled.
 */
export const HEARTBEAT = defineScript(
  'heartbeat',
  `${OWNS}
if redis.call('EXISTS', KEYS[2]) == 1 then return 2 end
if not owns() then return 0 end
local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID')
return #claimed
`,
);
