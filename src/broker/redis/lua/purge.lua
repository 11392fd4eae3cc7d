-- Removes a dead letter or a discarded event for good. rights.lua stands before it.
-- KEYS[1]  the dead letters, or the discarded events
-- ARGV[1]  its id
-- Returns {'purged'}, or {'gone'}.
local no = denied({ 'XDEL', KEYS[1], ARGV[1] })
if no then return no end
local removed = redis.pcall('XDEL', KEYS[1], ARGV[1])
if refusal(removed) then return removed end
return { removed == 1 and 'purged' or 'gone' }
