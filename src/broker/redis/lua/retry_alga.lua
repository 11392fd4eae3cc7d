-- Retries a dead letter of Alga PSA by hand (docs/wire.md, profile alga-psa): its entry is appended to its stream again with the
-- same event, recorded, and taken off the dead letters. rights.lua, lineage.lua, ids.lua and room.lua stand before
-- it.
-- KEYS[1]  the stream that the dead letters belong to   KEYS[2]  the dead letters   KEYS[3]  the records of its retries
-- ARGV[1]  the dead letter's id
-- ARGV[2]  the plan   ARGV[3]  who   ARGV[4]  when
-- ARGV[5]  'failed': handlers that have done the event skip it; 'all': they run all the same; 'as-new': with a new id
-- ARGV[6]  the event in place of the one that lies there; empty for that one
-- ARGV[7]  '1' when it was edited
-- ARGV[8]  about how many records are kept
-- ARGV[9]  the type that the stream is named for
-- ARGV[10] the length that Alga trims to
-- Returns what retry.lua does, or {'full'}.
local stream, letters, records, id, plan, runs = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[5]
local fields, answer = entry_at(letters, id)
if not fields then return answer end
local facts = facts_of(fields)
if facts.sourceStream and facts.sourceStream ~= stream then return { 'elsewhere' } end
if runs == 'as-new' and ARGV[6] == '' then return { 'trimmed' } end

local NOT_ITS_OWN = { sourceStream = true, sourceMessageId = true, deliveries = true, deadLetteredAt = true, force = true }
local event, arguments = nil, {}
for at = 1, own_end(fields, { restoredFrom = true }), 2 do
  local name, value = fields[at], fields[at + 1]
  if not NOT_ITS_OWN[name] then
    if name == 'event' and not event then
      if ARGV[6] ~= '' then value = ARGV[6] end
      event = value
    end
    arguments[#arguments + 1] = name
    arguments[#arguments + 1] = value
  end
end
if #arguments == 0 then return { 'trimmed' } end
if not event and ARGV[6] ~= '' then
  event = ARGV[6]
  table.insert(arguments, 1, event)
  table.insert(arguments, 1, 'event')
end
if runs == 'all' then
  arguments[#arguments + 1] = 'force'
  arguments[#arguments + 1] = '1'
end
if #arguments > MOST_ARGUMENTS then return { 'wide' } end

local no = denied({ 'XDEL', letters, id, probe = '0-0' }, { 'XADD', records, '*', 'a', 'b' },
  { 'XADD', stream, '*', 'a', 'b' }, { 'XDEL', stream, id, probe = '0-0' }, { 'XLEN', stream },
  { 'XRANGE', stream, '-', '+' }, { 'XINFO', 'GROUPS', stream }, { 'XPENDING', stream, 'a' })
if no then return no end
local length = redis.pcall('XLEN', stream)
if refusal(length) then return length end
if is_full(stream, tonumber(ARGV[10])) then return { 'full' } end

-- First what a server without memory refuses, then the removal.
local added = redis.pcall('XADD', stream, '*', unpack(arguments))
if refusal(added) then return added end
local to = { { stream, added } }
local event_id, event_type, tenant = describe(event)
local source = facts.sourceMessageId or ''
return settle(nil, records, ARGV[8], {
  letter = id, stream = stream, source = source, plan = plan, who = ARGV[3], at = ARGV[4], handler = '',
  event = event_id, tenant = tenant, type = event_type ~= '' and event_type or ARGV[9],
  attempts = facts.deliveries or '', error = '', runs = runs, edited = ARGV[7],
}, to, function() redis.call('XDEL', letters, id) end)
