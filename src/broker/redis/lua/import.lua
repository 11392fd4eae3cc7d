-- Puts a dead letter back that was exported, unless it lies there already. rights.lua and lineage.lua stand before it.
-- KEYS[1]  the type's dead letters
-- ARGV     its fields and values
-- Returns {'moved', its id}: where one of the newest thousand has the same source and handler, that one's; without a source,
-- where one has the same fields.
local no = denied({ 'XREVRANGE', KEYS[1], '+', '-' }, { 'XADD', KEYS[1], '*', 'a', 'b' })
if no then return no end
local facts = facts_of(ARGV)
local function is_same(fields)
  if facts.sourceMessageId then
    local other = facts_of(fields)
    return other.sourceMessageId == facts.sourceMessageId and other.handler == facts.handler
  end
  if #fields ~= #ARGV then return false end
  for at = 1, #fields do
    if fields[at] ~= ARGV[at] then return false end
  end
  return true
end
local known = newest(KEYS[1], function(entry) return is_same(entry[2]) and { 'moved', entry[1] } end)
if known then return known end
local added = redis.pcall('XADD', KEYS[1], '*', unpack(ARGV))
if refusal(added) then return added end
return { 'moved', added }
