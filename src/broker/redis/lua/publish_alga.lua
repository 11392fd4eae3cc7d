-- Publishes an event on a stream of Alga PSA, which Alga trims with MAXLEN ~ whether its entries were read or not
-- (WIRE.md, profile alga-psa). It never trims itself, and appends only if no unread entry can be pushed out for it: room.lua
-- stands before it.
-- KEYS[1]  the type's stream
-- KEYS[2]  the marker of this event's id; absent in the form 'batch'
-- ARGV[1]  how long the marker lives, in seconds
-- ARGV[2]  the length that Alga trims to
-- ARGV[3]  the event's JSON
-- ARGV[4]  the channel; empty for none
-- Returns {entry id, 1 if it was there already, else 0}, or {'full'}.
if KEYS[2] then
  local known = redis.call('GET', KEYS[2])
  if known then
    return { known, 1 }
  end
end

if is_full(KEYS[1], tonumber(ARGV[2])) then
  return { 'full' }
end

local id
if ARGV[4] ~= '' then
  id = redis.call('XADD', KEYS[1], '*', 'event', ARGV[3], 'channel', ARGV[4])
else
  id = redis.call('XADD', KEYS[1], '*', 'event', ARGV[3])
end
if KEYS[2] then
  redis.call('SET', KEYS[2], id, 'EX', ARGV[1])
end
return { id, 0 }
