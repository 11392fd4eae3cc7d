-- Publishes an event on a stream of Alga PSA, which Alga trims with MAXLEN ~ whether its entries were read or not
-- (docs/wire.md, profile alga-psa). It appends, and trims as Alga does, only if no unread entry can be pushed out for it: rights.lua,
-- ids.lua and room.lua stand before it. With fields of a copy for workflows both are appended, or neither.
-- KEYS[1]  the type's stream
-- KEYS[2]  the marker of this event's id; absent in the form 'batch'
-- KEYS[#]  the stream of copies for workflows; absent without a copy
-- ARGV[1]  how long the marker lives, in seconds
-- ARGV[2]  the length that Alga trims to
-- ARGV[3]  the event's JSON
-- ARGV[4]  the channel; empty for none
-- ARGV[5..]  names and values of the copy's fields; none without a copy
-- Returns {entry id, 1 if it was there already, else 0}, or {'full', which stream}.
local copies = #ARGV > 4
local workflow = copies and KEYS[#KEYS]
local marker = #KEYS == (copies and 3 or 2) and KEYS[2]
local limit = tonumber(ARGV[2])

if marker then
  local known = redis.call('GET', marker)
  if known then
    return { known, 1 }
  end
end

-- Also finds, before anything is written, that one of them is no stream.
for _, stream in ipairs({ KEYS[1], workflow or nil }) do
  if is_full(stream, limit) then
    return { 'full', stream }
  end
end
if marker then
  -- Changes nothing, as there is none: asks whether this user may set one, before anything is appended.
  redis.call('SET', marker, '', 'XX')
end

-- The same of appending: what is refused to the second stream would lie in the first one only.
local no = denied({ 'XADD', KEYS[1], '*', 'a', 'b' }, workflow and { 'XADD', workflow, '*', 'a', 'b' } or nil)
if no then return no end

local function append(stream, fields)
  if limit < 1 then
    return redis.pcall('XADD', stream, '*', unpack(fields))
  end
  return redis.pcall('XADD', stream, 'MAXLEN', '~', limit, '*', unpack(fields))
end

local fields = { 'event', ARGV[3] }
if ARGV[4] ~= '' then
  fields = { 'event', ARGV[3], 'channel', ARGV[4] }
end
-- The copy first: when the event's stream then takes nothing, only what nobody was told of has to go again.
local copy = workflow and append(workflow, { unpack(ARGV, 5) })
if refusal(copy) then return copy end
local id = append(KEYS[1], fields)
if refusal(id) then
  if copy then redis.pcall('XDEL', workflow, copy) end
  return id
end
if marker then
  redis.call('SET', marker, id, 'EX', ARGV[1])
end
return { id, 0 }
