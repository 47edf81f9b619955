/**
 * The part that all scripts of a lease begin with: `owns()` is true while the entry is pending on this consumer at this delivery.
 * Expects KEYS[1] = job stream, ARGV[1..4] = group, consumer, entry id, times delivered.
 */
export const OWNS = `
local function owns()
  local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)
  if pending.err or not pending[1] then return false end
  return pending[1][2] == ARGV[2] and pending[1][4] == tonumber(ARGV[4])
end
`;
