-- Counts what a handler has beside one type's stream, or removes it: its groups, its waiting retries, what it remembers.
-- Never its dead letters.
-- KEYS[1]  the type's stream   KEYS[2]  the type's schedule   KEYS[3]  the bodies of what waits in it
-- KEYS[4]  the handler's retry stream of the type   KEYS[5]  the events of the type that it has done
-- ARGV[1]  the group, which is the handler's name
-- ARGV[2]  'count', 'remove', or 'force': remove even what is being worked at
-- ARGV[3]  an entry of which somebody said something within so many ms is being worked at
-- Returns whether it had a group, how many entries were pending, how many retries waited in the schedule, how many were due,
-- how many events it remembered, and how many entries are being worked at: if any, and not with 'force', nothing was removed.
local handler, verb, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local grouped, pending, busy, due = 0, 0, 0, 0
for _, stream in ipairs({ KEYS[1], KEYS[4] }) do
  local summary = redis.pcall('XPENDING', stream, handler)
  if not summary.err then
    grouped = 1
    pending = pending + summary[1]
    local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, handler)
    for _, consumer in ipairs(consumers.err and {} or consumers) do
      local facts = {}
      for at = 1, #consumer, 2 do facts[consumer[at]] = consumer[at + 1] end
      if facts['pending'] > 0 then
        -- What lies there longest may be stuck; it is enough that one is not.
        local all = redis.call('XPENDING', stream, handler, '-', '+', 1000, facts['name'])
        for _, entry in ipairs(all) do
          if entry[3] < lease and facts['name'] ~= '$released' then busy = busy + 1 end
        end
      end
    end
  end
end
local length = redis.pcall('XLEN', KEYS[4])
if type(length) == 'number' then due = length end
local remembered = redis.pcall('ZCARD', KEYS[5])
if type(remembered) ~= 'number' then remembered = 0 end
local members, cursor = {}, '0'
repeat
  local page = redis.pcall('ZSCAN', KEYS[2], cursor, 'MATCH', handler .. '|*', 'COUNT', 1000)
  if page.err then break end
  cursor = page[1]
  for at = 1, #page[2], 2 do members[page[2][at]] = true end
until cursor == '0'
local scheduled = 0
for _ in pairs(members) do scheduled = scheduled + 1 end
if verb == 'force' or (verb == 'remove' and busy == 0) then
  for member in pairs(members) do
    redis.call('ZREM', KEYS[2], member)
    redis.pcall('HDEL', KEYS[3], member)
  end
  redis.pcall('XGROUP', 'DESTROY', KEYS[1], handler)
  redis.call('DEL', KEYS[4], KEYS[5])
end
return { grouped, pending, scheduled, due, remembered, busy }
