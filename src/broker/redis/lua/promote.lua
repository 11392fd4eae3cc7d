-- Moves retries that are due from the schedules to the handlers' retry streams (WIRE.md, 'Promote').
-- KEYS[2k-1]  a type's schedule   KEYS[2k]  the bodies of what waits in it
-- ARGV[1]  the most of each type
-- Returns how many were moved.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local moved = 0
for k = 1, #KEYS, 2 do
  local schedule, bodies = KEYS[k], KEYS[k + 1]
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', schedule, '-inf', now, 'LIMIT', 0, ARGV[1])) do
    local handler = string.match(member, '^[^|]*')
    local body = redis.call('HGET', bodies, member)
    if body then
      -- The schedule's key ends in ':schedule'; the retry stream shares what is before it, and the slot of a cluster.
      local retry = string.sub(schedule, 1, -10) .. ':retry:' .. handler
      redis.pcall('XGROUP', 'CREATE', retry, handler, '0', 'MKSTREAM')
      -- First what a server without memory refuses, then the removals.
      redis.call('XADD', retry, '*', unpack(cmsgpack.unpack(body)))
    end
    redis.call('ZREM', schedule, member)
    redis.call('HDEL', bodies, member)
    moved = moved + 1
  end
end
return moved
