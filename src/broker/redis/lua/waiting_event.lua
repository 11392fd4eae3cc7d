-- The event of a retry that waits in the schedule.
-- KEYS[1]  the bodies of what waits in it   KEYS[2]  the schedule
-- ARGV[1]  its member
-- Returns the event's JSON; nothing of it, '', where its body has none or is gone; or nil where it does not wait.
local body = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(body) == 'table' and body.err then return body end
if not body then
  local score = redis.pcall('ZSCORE', KEYS[2], ARGV[1])
  if type(score) == 'table' and score.err then return score end
  return score and '' or false
end
local readable, fields = pcall(function() return cmsgpack.unpack(body) end)
if not readable or type(fields) ~= 'table' then return '' end
for at = 1, #fields, 2 do
  if fields[at] == 'event' then return type(fields[at + 1]) == 'string' and fields[at + 1] or '' end
end
return ''
