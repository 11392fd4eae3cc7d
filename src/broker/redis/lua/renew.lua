-- Renews the lease of entries that are still this consumer's (docs/wire.md, 'Heartbeat'): never takes one back. ids.lua stands before it.
-- KEYS[1]  the stream
-- ARGV[1]  the group   ARGV[2]  the consumer   ARGV[3]  '1' for a retry stream   then the ids, in their order
-- Returns the ids that are not this consumer's any more. What was trimmed meanwhile, or lost with its stream, is nobody
-- else's: it may go on. What was trimmed is left as it is, as claiming it would make the group forget it without a word.
local stream, group, consumer, is_retry = KEYS[1], ARGV[1], ARGV[2], ARGV[3] == '1'

local ours, kept, lost = {}, {}, {}
local listed = redis.pcall('XPENDING', stream, group, ARGV[4], ARGV[#ARGV], 10000, consumer)
if not listed.err then
  for _, pending in ipairs(listed) do ours[pending[1]] = true end
end
local first = redis.pcall('XRANGE', stream, '-', '+', 'COUNT', 1)
local oldest = not first.err and first[1] and first[1][1]
local function is_trimmed(id)
  return not is_retry and (not oldest or less(id, oldest))
end
-- An id that the stream never gave out was one of a stream that was lost: nobody else has it, or ever will.
local is_known = ids_of(stream)
local function is_lost(id)
  local one = redis.pcall('XPENDING', stream, group, id, id, 1)
  if not one.err and #one > 0 then return true end
  -- A retry that is finished is removed.
  if is_retry then return is_known(id) end
  local there = redis.pcall('XRANGE', stream, id, id)
  return not there.err and #there > 0
end
for k = 4, #ARGV do
  local id = ARGV[k]
  if not ours[id] then
    if is_lost(id) then lost[#lost + 1] = id end
  elseif not is_trimmed(id) then
    kept[#kept + 1] = id
  end
end
for from = 1, #kept, 500 do
  local to = math.min(from + 499, #kept)
  -- JUSTID leaves the count of deliveries as it is.
  local command = { 'XCLAIM', stream, group, consumer, 0 }
  for k = from, to do command[#command + 1] = kept[k] end
  command[#command + 1] = 'JUSTID'
  redis.call(unpack(command))
end
return lost
