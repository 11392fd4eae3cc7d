-- Offers one pending entry to consumers again (docs/wire.md, 'Release'): never one that was trimmed, which claiming would make
-- the group forget without a word, and never for a consumer that the group does not have, unless that is nobody.
-- rights.lua stands before it.
-- KEYS[1]  the stream
-- ARGV[1]  the group   ARGV[2]  the entry's id
-- ARGV[3]  after so many ms without a word an entry is nobody's business any more
-- ARGV[4]  '1': give it away all the same
-- ARGV[5]  whom it goes to, one crash less counted; empty: its present consumer, with its deliveries counted anew
-- ARGV[6]  how old it is made out to be, in ms
-- ARGV[7]  how many of the oldest pending entries are taken at a time; 0: all
-- ARGV[8]  what the key of a consumer's sign of life begins with: the lease that it says counts in place of ARGV[3]; or empty
-- ARGV[9]  '1': it is the group of a handler of this bus, or of whoever's bus it is
-- Returns {'released', how many older ones are pending, ARGV[7] at most}; or {'gone'}, {'foreign'}, {'trimmed'}, {'busy', idle
-- ms}.
local stream, group, id = KEYS[1], ARGV[1], ARGV[2]
local no = denied({ 'XPENDING', stream, group, id, id, '1' }, { 'XRANGE', stream, id, id },
  { 'XCLAIM', stream, group, 'a', '0', id })
if no then return no end
local pending = redis.pcall('XPENDING', stream, group, id, id, 1)
if pending.err then
  if string.find(pending.err, 'NOGROUP', 1, true) then return { 'gone' } end
  return pending
end
if #pending == 0 then return { 'gone' } end
if ARGV[9] ~= '1' then return { 'foreign' } end
if #redis.call('XRANGE', stream, id, id) == 0 then return { 'trimmed' } end
local owner, idle, count = pending[1][2], pending[1][3], pending[1][4]
local lease = tonumber(ARGV[3])
if ARGV[8] ~= '' then
  local readable, beat = pcall(cjson.decode, redis.pcall('GET', ARGV[8] .. owner))
  if readable and type(beat) == 'table' then lease = tonumber(beat.leaseMs) or lease end
end
if idle < lease and ARGV[4] ~= '1' and owner ~= ARGV[5] then return { 'busy', idle } end
local to, deliveries = owner, 0
if ARGV[5] ~= '' then
  -- As often as it was released already, it stays as it is: else the crashes before would be forgotten.
  to, deliveries = ARGV[5], owner == ARGV[5] and count or math.max(count - 1, 0)
end
redis.call('XCLAIM', stream, group, to, 0, id, 'IDLE', ARGV[6], 'RETRYCOUNT', deliveries, 'JUSTID')
local older = 0
if tonumber(ARGV[7]) > 0 then older = #redis.call('XPENDING', stream, group, '-', '(' .. id, ARGV[7]) end
return { 'released', older }
