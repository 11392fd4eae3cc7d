-- Puts a discarded event back among the dead letters. rights.lua and lineage.lua stand before it.
-- KEYS[1]  the type's discarded events   KEYS[2]  its dead letters
-- ARGV[1]  the discarded event's id
-- Returns {'moved', its id among the dead letters}; or {'gone'}.
local id = ARGV[1]
local no = denied({ 'XADD', KEYS[2], '*', 'a', 'b' }, { 'XDEL', KEYS[1], id, probe = '0-0' })
if no then return no end
local fields, answer = entry_at(KEYS[1], id)
if not fields then return answer end
local letter = {}
local last = own_end(fields, { discardedBy = true, discardedAt = true, discardReason = true, discardedFrom = true })
for at = 1, last do letter[at] = fields[at] end
-- It says where it came from last, and not once for each time.
for at = #letter, own_end(letter, { restoredFrom = true }) + 1, -1 do letter[at] = nil end
letter[#letter + 1] = 'restoredFrom'
letter[#letter + 1] = id
-- First what a server without memory refuses, then the removal.
local added = redis.pcall('XADD', KEYS[2], '*', unpack(letter))
if refusal(added) then return added end
redis.call('XDEL', KEYS[1], id)
return { 'moved', added }
