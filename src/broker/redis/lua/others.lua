-- Finds streams in which something is pending with others than us: mostly there is none, and that is told in a few bytes.
-- KEYS     the streams
-- ARGV[1]  the group    ARGV[2]  the consumer
-- Returns the places of those streams among KEYS, from 1 on. Where the group or the stream is gone, or is something else,
-- nothing is pending.
local found = {}
for at = 1, #KEYS do
  local pending = redis.pcall('XPENDING', KEYS[at], ARGV[1])
  if not pending.err and pending[1] > 0 then
    for _, consumer in ipairs(pending[4]) do
      if consumer[1] ~= ARGV[2] then
        found[#found + 1] = at
        break
      end
    end
  end
end
return found
