import { defineScript } from '../script.ts';

/**
 * Takes up to COUNT new entries, from the streams in the order given: an earlier stream goes before a later one.
 * Makes a group that does not exist (any more).
 *
 * KEYS: job streams. ARGV: group, consumer, count.
 * Returns { entries, lastIds }: entries as { stream index from 1, id, fields }, and each stream's last id, after which to wait for news.
 */
export const CLAIM = defineScript(
  'claim',
  `
local entries, lastIds = {}, {}
local wanted = tonumber(ARGV[3])
for i, key in ipairs(KEYS) do
  if wanted > 0 then
    local function read()
      return redis.pcall('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', wanted, 'STREAMS', key, '>')
    end
    local reply = read()
    if type(reply) == 'table' and reply.err then
      if not string.find(reply.err, 'NOGROUP', 1, true) then return reply end
      redis.call('XGROUP', 'CREATE', key, ARGV[1], '0', 'MKSTREAM')
      reply = read()
    end
    if reply and reply[1] then
      for _, entry in ipairs(reply[1][2]) do
        entries[#entries + 1] = { i, entry[1], entry[2] }
        wanted = wanted - 1
      end
    end
  end
  local info = redis.pcall('XINFO', 'STREAM', key)
  lastIds[i] = '0-0'
  if not info.err then
    for j = 1, #info, 2 do
      if info[j] == 'last-generated-id' then lastIds[i] = info[j + 1] end
    end
  end
end
return { entries, lastIds }
`,
);
