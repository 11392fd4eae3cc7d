-- Puts a dead letter aside (docs/wire.md, 'Discard'). rights.lua and lineage.lua stand before it.
-- KEYS[1]  the type's dead letters   KEYS[2]  its discarded events
-- ARGV[1]  the dead letter's id   ARGV[2]  who   ARGV[3]  when   ARGV[4]  why; may be empty
-- Returns {'moved', its id among the discarded ones}; or {'gone'}, {'wide'}.
local id, who = ARGV[1], ARGV[2]
local no = denied({ 'XADD', KEYS[2], '*', 'a', 'b' }, { 'XDEL', KEYS[1], id, probe = '0-0' })
if no then return no end
local fields, answer = entry_at(KEYS[1], id)
if not fields then return answer end
if #fields + 8 > MOST_ARGUMENTS then return { 'wide' } end
for _, part in ipairs({ 'discardedBy', who, 'discardedAt', ARGV[3], 'discardReason', ARGV[4], 'discardedFrom', id }) do
  fields[#fields + 1] = part
end
-- First what a server without memory refuses, then the removal.
local added = redis.pcall('XADD', KEYS[2], '*', unpack(fields))
if refusal(added) then return added end
redis.call('XDEL', KEYS[1], id)
return { 'moved', added }
