-- Whether a stream of Alga PSA has room (docs/wire.md, profile alga-psa). Stands before the scripts that append to such streams:
-- Alga trims them with MAXLEN ~ whether their entries were read or not, so nothing is appended that an unread entry would
-- be pushed out for. ids.lua stands before it.

-- Whether one entry more would push out one that a group was not given, or has not finished, with a stream that is trimmed
-- to `limit` entries; one with a limit of 0 is not trimmed.
local function is_full(stream, limit)
  local length = redis.call('XLEN', stream)
  if limit < 1 or length <= limit - 100 then
    return false
  end
  -- So many of the oldest would go if Alga trimmed right after this append; at least one must be done with.
  local going = math.max(1, length + 1 - limit)
  if going > 1000 then
    return true
  end
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', going)
  if #oldest == 0 then
    return false
  end
  local last_going = oldest[#oldest][1]
  local groups = redis.call('XINFO', 'GROUPS', stream)
  for _, group in ipairs(groups) do
    local facts = {}
    for at = 1, #group, 2 do
      facts[group[at]] = group[at + 1]
    end
    if less(facts['last-delivered-id'], last_going) then
      return true
    end
    if facts['pending'] > 0 then
      local first_pending = redis.call('XPENDING', stream, facts['name'])[2]
      if not less(last_going, first_pending) then
        return true
      end
    end
  end
  return #groups == 0
end

