-- Publishes an event unless a marker says that it was published already (docs/wire.md, 'Publish', form 'once').
-- KEYS[1]  the type's stream
-- KEYS[2]  the marker of this event's id
-- ARGV[1]  how long the marker lives, in seconds
-- ARGV[2]  the Pub/Sub channel to publish on as well; empty for none
-- ARGV[3]  the event's JSON
-- Returns {entry id, 1 if it was there already, else 0}; with a third element when the channel could not be published on.
local known = redis.call('GET', KEYS[2])
if known then
  return { known, 1 }
end
-- Changes nothing, as there is none: asks whether this user may set one, before anything is appended.
redis.call('SET', KEYS[2], '', 'XX')
-- XADD first: it is what a server out of memory refuses, and then no marker may be left.
local id = redis.call('XADD', KEYS[1], '*', 'event', ARGV[3])
redis.call('SET', KEYS[2], id, 'EX', ARGV[1])
-- It is published whatever comes of this: a user may have no right to the channel.
if ARGV[2] ~= '' then
  local told = redis.pcall('PUBLISH', ARGV[2], ARGV[3])
  if type(told) == 'table' and told.err then
    return { id, 0, 'untold' }
  end
end
return { id, 0 }
