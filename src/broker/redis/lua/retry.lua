-- Retries a dead letter of a native bus by hand (docs/wire.md, 'Retry by hand'): appended to where its handlers get it,
-- recorded, and taken off the dead letters. rights.lua and lineage.lua stand before it.
-- KEYS[1]  the type's stream   KEYS[2]  the type's dead letters   KEYS[3]  the records of its retries
-- ARGV[1]  the dead letter's id
-- ARGV[2]  the plan   ARGV[3]  who   ARGV[4]  when
-- ARGV[5]  'failed': to its own handler; 'all': to every handler with a group on the type's stream, whatever it has done;
--          'as-new': to the type's stream
-- ARGV[6]  the event in place of the one that lies there; empty for that one
-- ARGV[7]  '1' when it was edited
-- ARGV[8]  about how many records are kept
-- ARGV[9]  the type that the stream is named for
-- ARGV[10] the Pub/Sub channel that a new event is published on as well; empty for none
-- Returns {'retried', event id, where it was published, the JSON list of [stream, entry id] that it was appended as}; or one
-- of {'gone'}, {'elsewhere'} (it says that it belongs to another stream), {'trimmed'} (there is no event in it), {'nobody'}
-- (it names no handler, or none has a group), {'wide'} (too many fields). Handlers' retry streams lie beside the type's
-- stream, and in its slot of a cluster.
local stream, letters, records, id, plan, runs = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[5]
local fields, answer = entry_at(letters, id)
if not fields then return answer end
local facts = facts_of(fields)
if facts.sourceStream and facts.sourceStream ~= stream then return { 'elsewhere' } end

local event, beside = nil, {}
for at = 1, own_end(fields, ADDED), 2 do
  if fields[at] == 'event' and not event then
    event = fields[at + 1]
  elseif not (fields[at] == 'force' and fields[at + 1] == '1') then
    beside[#beside + 1] = fields[at]
    beside[#beside + 1] = fields[at + 1]
  end
end
if not event and facts.reason == 'trimmed' then return { 'trimmed' } end
if ARGV[6] ~= '' then
  event = ARGV[6]
elseif runs == 'as-new' then
  -- An event with a new id must be given.
  return { 'trimmed' }
end
if #beside + 24 > MOST_ARGUMENTS then return { 'wide' } end

local function is_handler(name)
  return name and #name <= 64 and string.find(name, '^[a-z0-9][a-z0-9._-]*$') ~= nil
end
local handlers = {}
if runs == 'failed' then
  if is_handler(facts.handler) then handlers[1] = facts.handler end
elseif runs == 'all' then
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  for _, group in ipairs(groups.err and {} or groups) do
    local name = facts_of(group).name
    if is_handler(name) then handlers[#handlers + 1] = name end
  end
end
if runs ~= 'as-new' and #handlers == 0 then return { 'nobody' } end

local no = denied({ 'XDEL', letters, id, probe = '0-0' }, { 'XADD', records, '*', 'a', 'b' },
  { 'XADD', stream, '*', 'a', 'b' })
for _, handler in ipairs(handlers) do
  local retry = stream .. ':retry:' .. handler
  no = no or denied({ 'XGROUP', 'CREATE', retry, handler, '0', 'MKSTREAM' }, { 'XADD', retry, '*', 'a', 'b' },
    { 'XDEL', retry, id, probe = '0-0' })
end
if no then return no end

-- First what a server without memory refuses, then the removals.
local to = {}
local function append(key, head)
  local arguments = {}
  for _, part in ipairs({ head, beside }) do
    for k = 1, #part do arguments[#arguments + 1] = part[k] end
  end
  local added = redis.pcall('XADD', key, '*', unpack(arguments))
  if refusal(added) then return added end
  to[#to + 1] = { key, added }
end
local err
local source = string.find(facts.sourceMessageId or '', '^%d+-%d+$') and facts.sourceMessageId or '0-0'
if runs == 'as-new' then
  err = append(stream, { 'event', event })
else
  for _, handler in ipairs(handlers) do
    -- How it failed with one handler is nothing to another.
    local history = handler == facts.handler and newest_of(facts.history) or '[]'
    local head = { 'attempt', '1', 'crashes', '0', 'retryOf', source, 'plan', plan, 'history', history }
    if event then
      table.insert(head, 1, event)
      table.insert(head, 1, 'event')
    end
    if runs == 'all' then
      head[#head + 1] = 'force'
      head[#head + 1] = '1'
    end
    local retry = stream .. ':retry:' .. handler
    -- Without a group on the type's stream the handler has not come yet, or was taken off the bus: it makes the group of its
    -- retries itself when it comes. Made here, that would look as if somebody had removed the other one.
    if not redis.pcall('XPENDING', stream, handler).err then
      redis.pcall('XGROUP', 'CREATE', retry, handler, '0', 'MKSTREAM')
    end
    err = err or append(retry, head)
  end
end
local event_id, event_type, tenant = describe(event)
return settle(err, records, ARGV[8], {
  letter = id, stream = stream, source = source, plan = plan, who = ARGV[3], at = ARGV[4], handler = facts.handler or '',
  event = event_id, tenant = tenant, type = event_type ~= '' and event_type or ARGV[9], attempts = facts.attempts or '',
  error = text_of(facts.error), runs = runs, edited = ARGV[7],
}, to, function()
  redis.call('XDEL', letters, id)
  if runs == 'as-new' and ARGV[10] ~= '' then redis.pcall('PUBLISH', ARGV[10], event) end
end)
