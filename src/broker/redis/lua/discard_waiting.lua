-- Puts a retry aside that waits in the schedule, as the dead letter that it might have become. rights.lua and lineage.lua
-- stand before it.
-- KEYS[1]  the type's schedule   KEYS[2]  the bodies of what waits in it   KEYS[3]  the type's discarded events
-- ARGV[1]  the handler   ARGV[2]  where it was published   ARGV[3]  the type's stream
-- ARGV[4]  who   ARGV[5]  when   ARGV[6]  why; may be empty
-- ARGV[7]  how often it was tried when it was chosen; empty for whatever waits: if it was tried since, that is another one
-- Returns what discard.lua does, or {'bodiless'}, {'moved on'}.
local handler, source, who, now = ARGV[1], ARGV[2], ARGV[4], ARGV[5]
local member = handler .. '|' .. source
local fields, answer = waiting_at(KEYS[1], KEYS[2], member)
if not fields then return answer end
local no = denied({ 'ZREM', KEYS[1], member, probe = '' }, { 'HDEL', KEYS[2], member, probe = '' },
  { 'XADD', KEYS[3], '*', 'a', 'b' })
if no then return no end

-- What the retry carries is the first of each name; one more is the event's own.
local CARRIED = { attempt = true, crashes = true, retryOf = true, plan = true, history = true }
local letter, facts = {}, {}
for at = 1, #fields, 2 do
  local name, value = fields[at], fields[at + 1]
  if CARRIED[name] and not facts[name] then
    facts[name] = value
  elseif not (name == 'force' and value == '1') then
    letter[#letter + 1] = name
    letter[#letter + 1] = value
  end
end
local history = newest_of(facts.history)
local is_known, first, last = pcall(function()
  local failures = cjson.decode(history)
  local texts = failures[#failures].error
  return failures[1].at, #texts > 0 and cjson.encode(texts) or nil
end)
if not is_known then first, last = nil, nil end
-- Which attempt the next one is; as it is read where the body does not say so.
local attempts = tonumber(facts.attempt)
if ARGV[7] ~= '' and tonumber(ARGV[7]) ~= math.max((attempts or 2) - 1, 0) then return { 'moved on' } end
for _, part in ipairs({
  'sourceStream', ARGV[3], 'sourceMessageId', source, 'handler', handler, 'error', last or '[]',
  'attempts', attempts and string.format('%.0f', attempts - 1) or '0', 'history', history,
  'firstFailedAt', type(first) == 'string' and first or now, 'deadLetteredAt', now, 'reason', 'discarded',
  'discardedBy', who, 'discardedAt', now, 'discardReason', ARGV[6], 'discardedFrom', member,
}) do
  letter[#letter + 1] = part
end
if #letter > MOST_ARGUMENTS then return { 'wide' } end
-- First what a server without memory refuses, then the removals.
local added = redis.pcall('XADD', KEYS[3], '*', unpack(letter))
if refusal(added) then return added end
redis.call('ZREM', KEYS[1], member)
redis.call('HDEL', KEYS[2], member)
return { 'moved', added }
