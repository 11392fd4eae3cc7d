-- Puts dead letters back that were exported, except those that lie there already. rights.lua and newest.lua stand before it.
-- KEYS[1]  the type's dead letters
-- ARGV     of each: how many names and values it has, and these; sourceMessageId among them, and on a native bus handler
-- Returns for each its id: where one of the newest has the same source and handler, that one's. Or the error's text when the
-- server refuses to write it.
local no = denied({ 'XREVRANGE', KEYS[1], '+', '-' }, { 'XADD', KEYS[1], '*', 'a', 'b' })
if no then return no end

-- What tells a dead letter from others. Neither a position nor a handler's name holds a bar.
local function name_of(fields)
  local facts = {}
  for at = 1, #fields, 2 do facts[fields[at]] = fields[at + 1] end
  return (facts.sourceMessageId or '') .. '|' .. (facts.handler or '')
end

local letters, names, at = {}, {}, 1
local known, wanted, left = {}, {}, 0
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  local fields = {}
  for k = 1, count do fields[k] = ARGV[at + k] end
  at = at + count + 1
  local name = name_of(fields)
  letters[#letters + 1] = fields
  names[#names + 1] = name
  if not wanted[name] then
    wanted[name] = true
    left = left + 1
  end
end
local err = newest(KEYS[1], function(id, fields)
  local name = name_of(fields)
  if wanted[name] and not known[name] then
    known[name] = id
    left = left - 1
  end
  return left == 0
end)
if err then return err end
local answers, any = {}, false
for k, fields in ipairs(letters) do
  if not known[names[k]] then
    local added = redis.pcall('XADD', KEYS[1], '*', unpack(fields))
    -- What a server refuses that has no memory, it refuses at the first.
    if refusal(added) and not any then return added end
    any = true
    if not refusal(added) then known[names[k]] = added end
    answers[k] = refusal(added) and added.err or added
  else
    answers[k] = known[names[k]]
  end
end
return answers
