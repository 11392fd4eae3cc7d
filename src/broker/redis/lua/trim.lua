-- Trims a stream of what is older than the retention and every group is done with (docs/wire.md, 'Trimming'): never an entry
-- that a group has not been given, or has not finished. ids.lua stands before it.
-- KEYS[1]  the stream
-- ARGV[1]  the retention in ms   ARGV[2]  the state in which nothing was left to do, as it was told; '' for none
-- Returns how many entries went; for each group of which somebody else trimmed entries that it had not been given its name
-- and how many; and the stream's state if nothing is left to do until that changes, but for the time. The server keeps them in its count of what is unread for ever (7.0 and later; earlier ones do not count);
-- here they are taken out of it, so that each is told once, whoever asks first.
if redis.call('EXISTS', KEYS[1]) == 0 then return { 0, {}, '' } end
local about = redis.call('XINFO', 'STREAM', KEYS[1])
local stream = {}
for at = 1, #about, 2 do stream[about[at]] = about[at + 1] end
local first = stream['first-entry'] and stream['first-entry'][1]
-- No entry comes or goes, and no group, without another state.
local state = table.concat({ stream['last-generated-id'], stream['length'], first or '', stream['groups'],
  stream['entries-added'] or '', stream['max-deleted-entry-id'] or '' }, ' ')
if state == ARGV[2] then return { 0, {}, state } end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local boundary = string.format('%.0f-0', math.max(now - tonumber(ARGV[1]), 0))
local losses, settled = {}, true

-- What a group was not given and never will be: what counts as unread and is not there.
local function note_lost(group)
  local lag, read, last = group['lag'], group['entries-read'], group['last-delivered-id']
  if not lag or not read then return end
  -- All that is there is unread, or nothing; in between it is not counted, and no more is said than is certain.
  local unread = stream['length']
  if first and not less(last, first) and not less(last, stream['last-generated-id']) then unread = 0 end
  local lost = lag - unread
  if lost <= 0 then return end
  redis.call('XGROUP', 'SETID', KEYS[1], group['name'], last, 'ENTRIESREAD', string.format('%.0f', read + lost))
  losses[#losses + 1] = { group['name'], lost }
end

for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local facts = {}
  for at = 1, #group, 2 do facts[group[at]] = group[at + 1] end
  note_lost(facts)
  -- All that there ever was is given and done. Of a group that begins behind the end, which was given nothing yet, the server
  -- does not know what is unread; nor does one before 7.0 of any.
  local is_given = facts['lag'] == 0
    or not facts['lag'] and not less(facts['last-delivered-id'], stream['last-generated-id'])
  settled = settled and is_given and facts['pending'] == 0
  -- What comes behind the last one given is not given yet; that one itself may go if it is not pending.
  if less(facts['last-delivered-id'], boundary) then boundary = facts['last-delivered-id'] end
  if facts['pending'] > 0 then
    local oldest = redis.call('XPENDING', KEYS[1], facts['name'])[2]
    if less(oldest, boundary) then boundary = oldest end
  end
end
local trimmed = redis.call('XTRIM', KEYS[1], 'MINID', '~', boundary)
return { trimmed, losses, settled and trimmed == 0 and state or '' }
