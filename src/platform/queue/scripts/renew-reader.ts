import { defineScript } from '../script.ts';

/**
 * Prolongs the reader's lease during a long batch.
 *
 * KEYS: reader key. ARGV: reader, lease in ms. Returns 1, or 0 when the lease is lost.
 */
export const RENEW_READER = defineScript(
  'renew-reader',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`,
);
