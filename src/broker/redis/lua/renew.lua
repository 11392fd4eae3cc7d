-- Renews the lease of entries that are still this consumer's (WIRE.md, 'Heartbeat'): never takes one back.
-- KEYS[1]  the stream
-- ARGV[1]  the group   ARGV[2]  the consumer   then the ids, in their order
-- Returns the ids that are not this consumer's any more.
local ours, kept, lost = {}, {}, {}
local listed = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[#ARGV], 10000, ARGV[2])
if not listed.err then
  for _, pending in ipairs(listed) do ours[pending[1]] = true end
end
for k = 3, #ARGV do
  if ours[ARGV[k]] then kept[#kept + 1] = ARGV[k] else lost[#lost + 1] = ARGV[k] end
end
for from = 1, #kept, 500 do
  local to = math.min(from + 499, #kept)
  -- JUSTID leaves the count of deliveries as it is.
  local command = { 'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0 }
  for k = from, to do command[#command + 1] = kept[k] end
  command[#command + 1] = 'JUSTID'
  redis.call(unpack(command))
end
return lost
