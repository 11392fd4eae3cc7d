-- Trims a stream of what is older than the retention and every group is done with (WIRE.md, 'Trimming'): never an entry
-- that a group has not been given, or has not finished.
-- KEYS[1]  the stream
-- ARGV[1]  the retention in ms
-- Returns how many entries went.
local function less(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then
    return #a_ms < #b_ms or (#a_ms == #b_ms and a_ms < b_ms)
  end
  return #a_seq < #b_seq or (#a_seq == #b_seq and a_seq < b_seq)
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local boundary = string.format('%.0f-0', math.max(now - tonumber(ARGV[1]), 0))
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local facts = {}
  for at = 1, #group, 2 do facts[group[at]] = group[at + 1] end
  -- What comes behind the last one given is not given yet; that one itself may go if it is not pending.
  if less(facts['last-delivered-id'], boundary) then boundary = facts['last-delivered-id'] end
  if facts['pending'] > 0 then
    local oldest = redis.call('XPENDING', KEYS[1], facts['name'])[2]
    if less(oldest, boundary) then boundary = oldest end
  end
end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', boundary)
