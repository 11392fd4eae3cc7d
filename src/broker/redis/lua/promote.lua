-- Moves retries that are due from the schedules to the handlers' retry streams (docs/wire.md, 'Promote').
-- KEYS[2k-1]  a type's schedule   KEYS[2k]  the bodies of what waits in it
-- ARGV[1]  the most of each type   ARGV[2]  for how long one waits that the server refuses to move, in ms
-- Returns how many were moved of types of which more may be due, the first error, how many the server refused to move, and
-- the members that had no body. What is refused stays in the schedule and is due again later, so that it holds up no
-- other, however many of them come first.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local moved, refused, count, bodiless = 0, '', 0, {}

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
  else
    bodiless[#bodiless + 1] = member
  end
  redis.call('ZREM', schedule, member)
  redis.call('HDEL', bodies, member)
end

for k = 1, #KEYS, 2 do
  local due = redis.pcall('ZRANGEBYSCORE', KEYS[k], '-inf', now, 'LIMIT', 0, ARGV[1])
  if due.err then
    if refused == '' then refused = due.err end
    due = {}
  end
  local before = count
  for _, member in ipairs(due) do
    local err = move(KEYS[k], KEYS[k + 1], member)
    if err then
      if refused == '' then refused = err end
      count = count + 1
      -- A server without memory refuses this too, and then it refuses all of them.
      redis.pcall('ZADD', KEYS[k], 'XX', now + tonumber(ARGV[2]), member)
    end
  end
  if #due >= tonumber(ARGV[1]) then moved = moved + #due - (count - before) end
end
return { moved, refused, count, bodiless }
