-- What was added to an event on its way through failures, and the records of retries by hand. Stands before the scripts of
-- retrying and putting aside, behind rights.lua.

-- What a dead letter has beside the entry's own fields, and what putting it aside and back adds to that.
local ADDED = {}
for _, name in ipairs({ 'sourceStream', 'sourceMessageId', 'handler', 'error', 'attempts', 'history', 'firstFailedAt',
  'deadLetteredAt', 'reason', 'restoredFrom', 'discardedBy', 'discardedAt', 'discardReason', 'discardedFrom' }) do
  ADDED[name] = true
end
-- So many arguments can be passed to one command.
local MOST_ARGUMENTS = 7900

-- Names and values in turn, as a table; of a repeated name the last value.
local function facts_of(fields)
  local facts = {}
  for at = 1, #fields, 2 do facts[fields[at]] = fields[at + 1] end
  return facts
end

-- The fields of the entry `id` of a stream; or nil, and what to answer in place of acting on it.
local function entry_at(stream, id)
  local no = denied({ 'XRANGE', stream, id, id })
  if no then return nil, no end
  local found = redis.pcall('XRANGE', stream, id, id)
  if found.err then return nil, found end
  if #found == 0 then return nil, { 'gone' } end
  return found[1][2]
end

-- The same of what waits in a schedule.
local function waiting_at(schedule, bodies, member)
  local no = denied({ 'ZSCORE', schedule, member }, { 'HGET', bodies, member })
  if no then return nil, no end
  local score = redis.pcall('ZSCORE', schedule, member)
  if refusal(score) then return nil, score end
  if not score then return nil, { 'gone' } end
  local body = redis.pcall('HGET', bodies, member)
  if refusal(body) then return nil, body end
  local readable, fields = pcall(function() return cmsgpack.unpack(body) end)
  if not readable or type(fields) ~= 'table' or #fields == 0 then return nil, { 'bodiless' } end
  return fields
end

-- Where the entry's own fields end: those of `names` stand last, and each once. One more of the same name is its own.
local function own_end(fields, names)
  local last, seen = #fields, {}
  while last > 1 and names[fields[last - 1]] and not seen[fields[last - 1]] do
    seen[fields[last - 1]] = true
    last = last - 2
  end
  return last
end

-- Of an event's JSON its id, type and tenant, each empty where that cannot be read.
local function describe(event)
  local readable, json = pcall(cjson.decode, event or '')
  if not readable or type(json) ~= 'table' then return '', '', '' end
  local payload = type(json.payload) == 'table' and json.payload or {}
  local function text(value) return type(value) == 'string' and #value <= 128 and value or '' end
  return text(json.id), text(json.eventType), text(payload.tenantId)
end

-- The texts of an error's chain in one, at most 500 bytes of it; what is no list of texts stays as it is.
local function text_of(chain)
  local readable, list = pcall(cjson.decode, chain or '')
  local text = chain or ''
  if readable and type(list) == 'table' then
    local joined, all = pcall(table.concat, list, ': ')
    if joined then text = all end
  end
  if #text <= 500 then return text end
  local last = 500
  -- Not within a character.
  while last > 0 and string.byte(text, last + 1) >= 128 and string.byte(text, last + 1) < 192 do last = last - 1 end
  return string.sub(text, 1, last)
end

-- The newest fifty failures of a history, whose text stays as it is. What is no list is none.
local function newest_of(history)
  if not history or not string.find(history, '^%s*%[.*%]%s*$') then return '[]' end
  local depth, at, commas = 0, 1, {}
  while true do
    at = string.find(history, '[%[%]{}",]', at)
    if not at then break end
    local c = string.sub(history, at, at)
    if c == '"' then
      repeat
        at = string.find(history, '["\\]', at + 1)
        if not at then return '[]' end
        local quote = string.sub(history, at, at) == '"'
        if not quote then at = at + 1 end
      until quote
    elseif c == '[' or c == '{' then
      depth = depth + 1
    elseif c == ']' or c == '}' then
      depth = depth - 1
    elseif depth == 1 then
      commas[#commas + 1] = at
    end
    at = at + 1
  end
  if #commas < 50 then return history end
  return '[' .. string.sub(history, commas[#commas - 49] + 1)
end

-- The end of a retry whose entries are appended as `to`, a list of streams and entry ids: records it, has `remove` take away
-- what lay there, and answers. Where the server refused an entry (`err`), or refuses the record, those that were appended are
-- taken back, and the error is the answer: nothing is done by half.
local function settle(err, records, most, facts, to, remove)
  local claims = cjson.encode(to)
  err = err or refusal(redis.pcall('XADD', records, 'MAXLEN', '~', most, '*', 'deadLetterId', facts.letter,
    'stream', facts.stream, 'source', facts.source, 'to', claims, 'plan', facts.plan, 'who', facts.who, 'at', facts.at,
    'handler', facts.handler, 'eventId', facts.event, 'tenant', facts.tenant, 'type', facts.type,
    'attempts', facts.attempts, 'error', facts.error, 'runs', facts.runs, 'edited', facts.edited))
  if err then
    for _, claim in ipairs(to) do redis.call('XDEL', claim[1], claim[2]) end
    return err
  end
  remove()
  return { 'retried', facts.event, facts.source, claims }
end
