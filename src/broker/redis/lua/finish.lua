-- Finishes entries of one stream for the consumer that has them (docs/wire.md, 'Finish a batch'). What another consumer has
-- by now is left alone; what is written can never be written without the acknowledgement that belongs to it. ids.lua stands before it.
-- KEYS[1]  the stream: a type's, or a handler's retry stream of it
-- KEYS[2]  the type's schedule      KEYS[3]  the bodies of what waits in it
-- KEYS[4]  the type's dead letters  KEYS[5]  the type's outcomes
-- KEYS[6]  the events of the type that the handler has done, by when in ms
-- ARGV[1]  the group, which is the handler's name
-- ARGV[2]  the consumer
-- ARGV[3]  '1' for a retry stream: its entries are removed when they are finished
-- ARGV[4]  about how many outcomes are kept
-- ARGV[5]  the lowest id, ARGV[6] the highest
-- ARGV[7]  for how long it is remembered which events were done, in ms; '0': not at all
-- ARGV[8]  how many entries are done without more to say of them, then their ids, and with ARGV[7] the id of the event of
--          each, or '' where none is to be remembered
-- then for each other entry:
--   id, 'done' | 'retry' | 'dead', n, n arguments, m, m fields of its outcome
--   done:  the id of its event, or ''
--   retry: member of the schedule, pause in ms, then the body's fields and values
--   dead:  the dead letter's fields and values
-- Returns a code for each, in that order: 1 recorded, 2 another's, 3 it was trimmed meanwhile (and recorded all the same), or an error
-- text when the server refused to write: then nothing of that entry was done. Behind them comes an error text when it
-- refused to remember what was done: that is acknowledged all the same, as else it would run again.
local stream, group, consumer, is_retry = KEYS[1], ARGV[1], ARGV[2], ARGV[3] == '1'

local window, plain = tonumber(ARGV[7]), tonumber(ARGV[8])
local first = redis.pcall('XRANGE', stream, '-', '+', 'COUNT', 1)
local oldest = not first.err and first[1]
-- Mostly nothing was trimmed, and one look at the lowest id tells.
local all_there = is_retry or (oldest and not less(ARGV[5], oldest[1]))

-- Mostly all went well, too, and nobody else has anything of the stream: then whatever of it is still pending is ours, and
-- need not be listed. What is pending no more was finished by us before, and the answer to that was lost.
if plain > 0 and #ARGV == 8 + plain and window == 0 and all_there then
  local summary = redis.pcall('XPENDING', stream, group)
  local holders = not summary.err and summary[4]
  if holders and #holders == 1 and holders[1][1] == consumer then
    local codes = {}
    for from = 9, #ARGV, 500 do
      local to = math.min(from + 499, #ARGV)
      redis.call('XACK', stream, group, unpack(ARGV, from, to))
      if is_retry then redis.call('XDEL', stream, unpack(ARGV, from, to)) end
    end
    for k = 1, plain do codes[k] = 1 end
    return codes
  end
end

local entries, at = {}, 9 + (window > 0 and 2 or 1) * plain
while at <= #ARGV do
  local entry = { id = ARGV[at], verb = ARGV[at + 1], args = {}, outcome = {} }
  local n = tonumber(ARGV[at + 2])
  at = at + 3
  for k = 0, n - 1 do entry.args[k + 1] = ARGV[at + k] end
  at = at + n
  local m = tonumber(ARGV[at])
  at = at + 1
  for k = 0, m - 1 do entry.outcome[k + 1] = ARGV[at + k] end
  at = at + m
  entries[#entries + 1] = entry
end

local ours = {}
local listed = redis.pcall('XPENDING', stream, group, ARGV[5], ARGV[6], 10000, consumer)
-- Without its group, without its stream, or with something else under its key: nothing of it is pending any more.
local is_gone = listed.err
  and (string.find(listed.err, 'NOGROUP', 1, true) or string.find(listed.err, 'WRONGTYPE', 1, true))
if not listed.err then
  for _, pending in ipairs(listed) do ours[pending[1]] = true end
elseif not is_gone then
  -- Whose they are is not known, so nothing may be done.
  return listed
end
local function is_there(id)
  if not oldest or less(id, oldest[1]) then return false end
  return #redis.call('XRANGE', stream, id, id) > 0
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- Writes what is to be kept; the error's text, when the server refuses to.
local function keep(entry)
  local answer
  if entry.verb == 'retry' then
    local member, due = entry.args[1], now + tonumber(entry.args[2])
    local body = {}
    for k = 3, #entry.args do body[k - 2] = entry.args[k] end
    answer = redis.pcall('HSET', KEYS[3], member, cmsgpack.pack(body))
    if type(answer) ~= 'table' or not answer.err then
      answer = redis.pcall('ZADD', KEYS[2], due, member)
    end
  elseif entry.verb == 'dead' then
    answer = redis.pcall('XADD', KEYS[4], '*', unpack(entry.args))
  end
  if type(answer) == 'table' and answer.err then return answer.err end
end

-- Whether the stream ever gave out that id: else it was one of a stream that was lost.
local is_known = ids_of(stream)

-- 2 when another has it, 1 when it was finished before, nil when it was trimmed, or lost with its stream, or the group is
-- gone: nobody else will record what became of it.
local function elsewhere(id)
  if is_gone then return nil end
  local one = redis.pcall('XPENDING', stream, group, id, id, 1)
  if not one.err and #one > 0 then return 2 end
  -- The answer to finishing it was lost.
  if is_retry then
    if is_known(id) then return 1 end
  elseif is_there(id) then
    return 1
  end
end

local codes, done, count, marks = {}, {}, 0, {}
local function remember(event)
  if window > 0 and event and event ~= '' then
    marks[#marks + 1] = now
    marks[#marks + 1] = event
  end
end
for k = 9, 8 + plain do
  local id, code = ARGV[k], nil
  if ours[id] then
    count = count + 1
    done[count] = id
    code = (all_there or (oldest and not less(id, oldest[1]))) and 1 or 3
    remember(ARGV[k + plain])
  else
    code = elsewhere(id) or 3
    if code == 3 then remember(ARGV[k + plain]) end
  end
  codes[k - 8] = code
end
for k, entry in ipairs(entries) do
  local code
  if ours[entry.id] then
    local there = all_there or (oldest and not less(entry.id, oldest[1]))
    local refused = keep(entry)
    if refused then
      code = refused
    else
      done[#done + 1] = entry.id
      code = there and 1 or 3
    end
  else
    code = elsewhere(entry.id)
    if code then entry.outcome = {} else code = keep(entry) or 3 end
  end
  codes[plain + k] = code
  if entry.verb == 'done' and (ours[entry.id] or code == 3) then remember(entry.args[1]) end
  if #entry.outcome > 0 and (code == 1 or code == 3) then
    -- Best effort: what is done must not depend on it.
    redis.pcall('XADD', KEYS[5], 'MAXLEN', '~', ARGV[4], '*', unpack(entry.outcome))
  end
end
for from = 1, #marks, 1000 do
  local answer = redis.pcall('ZADD', KEYS[6], unpack(marks, from, math.min(from + 999, #marks)))
  if type(answer) == 'table' and answer.err then codes[plain + #entries + 1] = answer.err end
end
if #marks > 0 then
  redis.pcall('ZREMRANGEBYSCORE', KEYS[6], '-inf', now - window)
  redis.pcall('PEXPIRE', KEYS[6], ARGV[7])
end
for from = 1, #done, 500 do
  local to = math.min(from + 499, #done)
  redis.call('XACK', stream, group, unpack(done, from, to))
  if is_retry then redis.call('XDEL', stream, unpack(done, from, to)) end
end
return codes
