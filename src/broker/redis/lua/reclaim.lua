-- Takes over a page of what consumers left whose lease is over. What was trimmed meanwhile leaves a tombstone among
-- the dead letters, in the same step in which the group forgets it.
-- KEYS[1]  the stream   KEYS[2]  the type's dead letters
-- ARGV[1]  the group    ARGV[2]  the consumer   ARGV[3]  the lease in ms   ARGV[4]  where to go on, as for XPENDING
-- ARGV[5]  how many     ARGV[6]  the type's stream, where an entry was published
-- ARGV[7]  '1' for a retry stream: its entries bring the crashes of earlier attempts with them
-- ARGV[8]  from so many crashes on, this one included, an entry is a suspect
-- ARGV[9]  how many suspects may come   ARGV[10]  whom what was given back belongs to: it waits for nobody's lease
-- ARGV[11] what the key of a consumer's sign of life begins with
-- Returns where to go on (empty at the end), for each entry its id, its fields, and how often it was delivered, how many
-- of them are suspects, and how many suspects were left where they are.
local PAGE = 1000
local stream, group, consumer, lease = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local most, from, suspects = tonumber(ARGV[5]), tonumber(ARGV[8]), tonumber(ARGV[9])
local listed = redis.pcall('XPENDING', stream, group, ARGV[4], '+', PAGE)
if listed.err then
  if string.find(listed.err, 'NOGROUP', 1, true) then return { '', {}, 0, 0 } end
  return listed
end
local time = redis.call('TIME')
local now = tostring(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))

local function earlier_crashes(fields)
  if ARGV[7] ~= '1' then return 0 end
  for at = 1, #fields, 2 do
    if fields[at] == 'crashes' then return tonumber(fields[at + 1]) or 0 end
  end
  return 0
end

local function bury(id)
  -- Nothing is forgotten that the dead letters cannot take: it is pending still, and found again.
  local told = redis.pcall('XADD', KEYS[2], '*', 'sourceStream', ARGV[6], 'sourceMessageId', id, 'handler', group,
    'error', '["it was trimmed from its stream before it was handled"]', 'attempts', '0', 'history', '[]',
    'deadLetteredAt', now, 'reason', 'trimmed')
  if type(told) ~= 'table' or not told.err then redis.call('XACK', stream, group, id) end
end

local found, taken, held_back, go_on = {}, 0, 0, ''
for _, pending in ipairs(listed) do
  if #found >= most then break end
  local id, owner, idle, count = pending[1], pending[2], pending[3], pending[4]
  go_on = '(' .. id
  -- What is ours was not left, however late its renewal: taken over from ourselves it would count as a crash.
  local is_left = owner ~= consumer and (idle >= lease or owner == ARGV[10])
  -- Those of a type's stream are told by their count alone, and many of them may wait here for a long time.
  local held = ARGV[7] ~= '1' and taken >= suspects and count >= from
  if held and is_left then
    held_back = held_back + 1
  elseif is_left then
    local entry = redis.call('XRANGE', stream, id, id)[1]
    -- With this one there are so many deliveries after the first: each took over from a process that may have ended.
    local suspect = entry and count + earlier_crashes(entry[2]) >= from
    if not entry then
      -- What was trimmed cannot be renewed: whoever gives signs of life may be at work on it, and has it in memory.
      if owner == ARGV[10] or redis.call('EXISTS', ARGV[11] .. owner) == 0 then bury(id) end
    elseif suspect and taken >= suspects then
      held_back = held_back + 1
    else
      redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', count + 1, 'JUSTID')
      if suspect then taken = taken + 1 end
      found[#found + 1] = { id, entry[2], count + 1 }
    end
  end
end
-- A page that is not whole was the last one.
if #listed < PAGE and #found < most then go_on = '' end
return { go_on, found, taken, held_back }
