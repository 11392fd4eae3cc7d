-- The event of a retry that waits in the schedule.
-- KEYS[1]  the bodies of what waits in it
-- ARGV[1]  its member
-- Returns the event's JSON, or nil where there is none.
local body = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(body) == 'table' and body.err then return body end
local readable, fields = pcall(function() return cmsgpack.unpack(body) end)
if not readable or type(fields) ~= 'table' then return false end
for at = 1, #fields, 2 do
  if fields[at] == 'event' then return fields[at + 1] end
end
return false
