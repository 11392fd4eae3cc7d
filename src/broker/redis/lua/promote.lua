-- Moves retries that are due from the schedules to the handlers' retry streams (WIRE.md, 'Promote').
-- KEYS[2k-1]  a type's schedule   KEYS[2k]  the bodies of what waits in it
-- ARGV[1]  the most of each type
-- Returns how many were moved, and the first error: what the server refuses of one stays where it is, and holds up no
-- other.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local moved, refused = 0, ''

local function move(schedule, bodies, member)
  local body = redis.pcall('HGET', bodies, member)
  if type(body) == 'table' and body.err then return body.err end
  if body then
    local handler = string.match(member, '^[^|]*')
    -- The schedule's key ends in ':schedule'; the retry stream shares what is before it, and the slot of a cluster.
    local retry = string.sub(schedule, 1, -10) .. ':retry:' .. handler
    redis.pcall('XGROUP', 'CREATE', retry, handler, '0', 'MKSTREAM')
    local readable, added = pcall(function()
      return redis.pcall('XADD', retry, '*', unpack(cmsgpack.unpack(body)))
    end)
    if not readable then return 'ERR a body in the schedule cannot be read' end
    -- First what a server without memory refuses, then the removals.
    if type(added) == 'table' and added.err then return added.err end
  end
  redis.call('ZREM', schedule, member)
  redis.call('HDEL', bodies, member)
  moved = moved + 1
end

for k = 1, #KEYS, 2 do
  local due = redis.pcall('ZRANGEBYSCORE', KEYS[k], '-inf', now, 'LIMIT', 0, ARGV[1])
  if due.err then
    if refused == '' then refused = due.err end
    due = {}
  end
  for _, member in ipairs(due) do
    local err = move(KEYS[k], KEYS[k + 1], member)
    if err and refused == '' then refused = err end
  end
end
return { moved, refused }
