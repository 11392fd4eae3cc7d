-- Gives entries back that were not started, to be taken over by others without waiting and without counting a crash,
-- and takes the consumer out of the group when it has nothing left (WIRE.md, 'Release at shutdown').
-- KEYS[1]  the stream
-- ARGV[1]  the group   ARGV[2]  the consumer   ARGV[3]  whom they go to   ARGV[4]  the lease in ms   then the ids
-- Returns how many were given back.
local released = 0
for k = 5, #ARGV do
  local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[k], ARGV[k], 1, ARGV[2])
  if not pending.err and pending[1] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[k], 'IDLE', ARGV[4],
      'RETRYCOUNT', math.max(pending[1][4] - 1, 0), 'JUSTID')
    released = released + 1
  end
end
local left = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if not left.err and #left == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
return released
