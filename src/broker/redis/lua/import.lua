-- Puts dead letters back that were exported, of which none lies among those that were looked through before: so it looks only
-- whether somebody has added one since. rights.lua and newest.lua stand before it.
-- KEYS[1]  the type's dead letters
-- ARGV[1]  the last one that was looked through; 0-0 for none
-- ARGV[2]  on, of each: how many names and values it has, and these; sourceMessageId among them, and on a native bus handler
-- Returns how many were looked at, then for each {'added', id}, {'lies', id} or {'refused', the error's text} (by a server
-- without memory); or only {'behind'}: more were added since than are looked at here, and nothing is done.
local no = denied({ 'XREVRANGE', KEYS[1], '+', '-' }, { 'XADD', KEYS[1], '*', 'a', 'b' })
if no then return no end

-- What tells a dead letter from others. Neither a position nor a handler's name holds a bar.
local function name_of(fields)
  local facts = {}
  for at = 1, #fields, 2 do facts[fields[at]] = fields[at + 1] end
  return (facts.sourceMessageId or '') .. '|' .. (facts.handler or '')
end

local letters, names, at = {}, {}, 2
local known, wanted, left, looked = {}, {}, 0, 0
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
local err, more = newest(KEYS[1], function(id, fields)
  looked = looked + 1
  local name = name_of(fields)
  if wanted[name] and not known[name] then
    known[name] = id
    left = left - 1
  end
  return left == 0
end, ARGV[1])
if err then return err end
if more then return { 'behind' } end
local answers, any = { looked }, false
for k, fields in ipairs(letters) do
  if known[names[k]] then
    answers[#answers + 1] = { 'lies', known[names[k]] }
  else
    local added = redis.pcall('XADD', KEYS[1], '*', unpack(fields))
    -- What a server refuses that has no memory, it refuses at the first.
    if refusal(added) and not any then return added end
    any = true
    if refusal(added) then
      answers[#answers + 1] = { 'refused', added.err }
    else
      known[names[k]] = added
      answers[#answers + 1] = { 'added', added }
    end
  end
end
return answers
