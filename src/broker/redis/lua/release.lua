-- Gives back everything that is pending with a consumer which runs nothing any more, to be taken over by others without
-- waiting and without counting a crash, and takes the consumer out of the group (docs/wire.md, 'Release at shutdown'). Also
-- what was lost on its way to the consumer is given back: it must not stay pending under a dead name.
-- KEYS[1]  the stream
-- ARGV[1]  the group   ARGV[2]  the consumer   ARGV[3]  whom it goes to
-- ARGV[4]  how old they are made out to be, in ms: a lease
-- Returns how many were given back, and '1' when there may be more.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local listed = redis.pcall('XPENDING', stream, group, '-', '+', 1000, consumer)
if listed.err then return { 0, 0 } end
local released = 0
for _, pending in ipairs(listed) do
  local id = pending[1]
  -- Claiming what was trimmed makes the group forget it without a word; whoever takes over leaves a tombstone.
  if #redis.call('XRANGE', stream, id, id) > 0 then
    redis.call('XCLAIM', stream, group, ARGV[3], 0, id, 'IDLE', ARGV[4], 'RETRYCOUNT', math.max(pending[4] - 1, 0),
      'JUSTID')
    released = released + 1
  end
end
if #redis.call('XPENDING', stream, group, '-', '+', 1, consumer) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
end
return { released, (#listed == 1000 and released > 0) and 1 or 0 }
