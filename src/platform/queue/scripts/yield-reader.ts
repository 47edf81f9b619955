import { defineScript } from '../script.ts';

/**
 * Gives up the reader's lease if it is this process', so that another need not wait for its end.
 *
 * KEYS: reader key. ARGV: reader. Returns 1 or 0.
 */
export const YIELD_READER = defineScript(
  'yield-reader',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
);
