import { defineScript } from '../script.ts';

/**
 * Takes entries whose worker has been silent for longer than the lease.
 *
 * KEYS: job streams. ARGV: group, consumer, lease in ms, count.
 * Returns entries as { stream index from 1, id, fields, times delivered }.
 */
export const TAKE_OVER = defineScript(
  'take-over',
  `
local taken = {}
local wanted = tonumber(ARGV[4])
for i, key in ipairs(KEYS) do
  local cursor = '0-0'
  repeat
    if wanted <= 0 then return taken end
    local reply = redis.pcall('XAUTOCLAIM', key, ARGV[1], ARGV[2], ARGV[3], cursor, 'COUNT', wanted)
    if reply.err then
      if not string.find(reply.err, 'NOGROUP', 1, true) then return reply end
      break
    end
    cursor = reply[1]
    for _, entry in ipairs(reply[2]) do
      local pending = redis.call('XPENDING', key, ARGV[1], entry[1], entry[1], 1)
      if pending[1] then
        taken[#taken + 1] = { i, entry[1], entry[2], pending[1][4] }
        wanted = wanted - 1
      end
    end
  until cursor == '0-0'
end
return taken
`,
);
