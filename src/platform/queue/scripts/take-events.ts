import { defineScript } from '../script.ts';

/**
 * Reads the next events, if this process holds or can take the reader's lease. One reader at a time keeps the events of a job in
 * order; all readers share one consumer, so that a new one finds what the last left unfinished by reading from id 0.
 *
 * KEYS: events stream, reader key. ARGV: group, consumer, reader, lease in ms, count, id to read after ('>' for new ones).
 * Returns { 'busy' } while another process reads, { 'new' } when the lease has just been taken (read from 0 then), or
 * { 'read', entries, last id of the stream }.
 */
export const TAKE_EVENTS = defineScript(
  'take-events',
  `
local reader = redis.call('GET', KEYS[2])
if reader and reader ~= ARGV[3] then return { 'busy' } end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
if not reader then return { 'new' } end
local function read()
  return redis.pcall('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[5], 'STREAMS', KEYS[1], ARGV[6])
end
local reply = read()
if type(reply) == 'table' and reply.err then
  if not string.find(reply.err, 'NOGROUP', 1, true) then return reply end
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
  reply = read()
end
local last = '0-0'
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for j = 1, #info, 2 do
  if info[j] == 'last-generated-id' then last = info[j + 1] end
end
return { 'read', reply and reply[1] and reply[1][2] or {}, last }
`,
);
