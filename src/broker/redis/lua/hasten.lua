-- Makes one retry that waits in the schedule due at once, as promote.lua does when its time has come, and records that.
-- rights.lua and lineage.lua stand before it.
-- KEYS[1]  the type's schedule   KEYS[2]  the bodies of what waits in it   KEYS[3]  the handler's retry stream
-- KEYS[4]  the records of the type's retries
-- ARGV[1]  the handler   ARGV[2]  where it was published
-- ARGV[3]  the plan   ARGV[4]  who   ARGV[5]  when
-- ARGV[6]  the type's stream   ARGV[7]  the type that it is named for   ARGV[8]  about how many records are kept
-- ARGV[9]  how often it was tried when it was chosen; empty for whatever waits: if it was tried since, that one is gone
-- Returns what retry.lua does, or {'bodiless'}.
local handler, source, plan = ARGV[1], ARGV[2], ARGV[3]
local member = handler .. '|' .. source
local fields, answer = waiting_at(KEYS[1], KEYS[2], member)
if not fields then return answer end
local no = denied({ 'ZREM', KEYS[1], member, probe = '' }, { 'HDEL', KEYS[2], member, probe = '' },
  { 'XGROUP', 'CREATE', KEYS[3], handler, '0', 'MKSTREAM' }, { 'XADD', KEYS[3], '*', 'a', 'b' },
  { 'XDEL', KEYS[3], '0-0', probe = '0-0' }, { 'XADD', KEYS[4], '*', 'a', 'b' })
if no then return no end

local facts = {}
for at = #fields - 1, 1, -2 do facts[fields[at]] = fields[at + 1] end
-- Which attempt the next one is; as it is read where the body does not say so.
local attempt = tonumber(facts.attempt)
if ARGV[9] ~= '' and tonumber(ARGV[9]) ~= math.max((attempt or 2) - 1, 0) then return { 'gone' } end

-- Ours stand right behind the event, and before what lay beside it.
local seen, event = false, nil
for at = 1, #fields, 2 do
  if fields[at] == 'event' and not event then event = fields[at + 1] end
  if fields[at] == 'plan' and not seen then
    fields[at + 1] = plan
    seen = true
  end
end
if not seen then
  local at = fields[1] == 'event' and 3 or 1
  table.insert(fields, at, plan)
  table.insert(fields, at, 'plan')
end
if #fields > MOST_ARGUMENTS then return { 'wide' } end
local is_known, failure = pcall(function()
  local history = cjson.decode(facts.history)
  return cjson.encode(history[#history].error)
end)

redis.pcall('XGROUP', 'CREATE', KEYS[3], handler, '0', 'MKSTREAM')
-- First what a server without memory refuses, then the removals.
local added = redis.pcall('XADD', KEYS[3], '*', unpack(fields))
if refusal(added) then return added end
local to = { { KEYS[3], added } }
local event_id, event_type, tenant = describe(event)
local attempts = attempt and string.format('%.0f', attempt - 1) or ''
return settle(nil, KEYS[4], ARGV[8], {
  letter = '', stream = ARGV[6], source = source, plan = plan, who = ARGV[4], at = ARGV[5], handler = handler,
  event = event_id, tenant = tenant, type = event_type ~= '' and event_type or ARGV[7], attempts = attempts,
  error = text_of(is_known and failure or ''), runs = 'failed', edited = '',
}, to, function()
  redis.call('ZREM', KEYS[1], member)
  redis.call('HDEL', KEYS[2], member)
end)
