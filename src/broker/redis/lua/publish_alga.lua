-- Publishes an event on a stream of Alga PSA, which Alga trims with MAXLEN ~ whether its entries were read or not
-- (WIRE.md, profile alga-psa). It never trims itself, and appends only if no unread entry can be pushed out for it.
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

-- Entry ids do not fit into a Lua number; without leading zeros, the longer digits are the greater.
local function less(a, b)
  if #a ~= #b then
    return #a < #b
  end
  return a < b
end
local function after(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then
    return less(b_ms, a_ms)
  end
  return less(b_seq, a_seq)
end

local limit = tonumber(ARGV[2])
local length = redis.call('XLEN', KEYS[1])
if length > limit - 100 then
  -- So many of the oldest would go if Alga trimmed right after this append; at least one must be done with.
  local going = math.max(1, length + 1 - limit)
  if going > 1000 then
    return { 'full' }
  end
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', going)
  local last_going = oldest[#oldest][1]
  local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
  if #groups == 0 then
    return { 'full' }
  end
  for _, group in ipairs(groups) do
    local facts = {}
    for at = 1, #group, 2 do
      facts[group[at]] = group[at + 1]
    end
    if after(last_going, facts['last-delivered-id']) then
      return { 'full' }
    end
    if facts['pending'] > 0 then
      local first_pending = redis.call('XPENDING', KEYS[1], facts['name'])[2]
      if not after(first_pending, last_going) then
        return { 'full' }
      end
    end
  end
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
