-- Takes over a page of what consumers left whose lease is over. What was trimmed meanwhile leaves a tombstone among
-- the dead letters, in the same step in which the group forgets it.
-- KEYS[1]  the stream   KEYS[2]  the type's dead letters
-- ARGV[1]  the group    ARGV[2]  the consumer   ARGV[3]  the lease in ms   ARGV[4]  where to go on
-- ARGV[5]  how many     ARGV[6]  the type's stream, where an entry was published
-- Returns where to go on ('0-0' at the end), and for each entry its id, its fields, and how often it was delivered.
local page = redis.pcall('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
if page.err then
  if string.find(page.err, 'NOGROUP', 1, true) then return { '0-0', {} } end
  return page
end
local time = redis.call('TIME')
local now = tostring(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
-- Since 7.0 the third part lists what is gone; a retry stream is never trimmed.
for _, id in ipairs(page[3] or {}) do
  -- Best effort: the group has forgotten it by now, and what else was taken over must not be lost with an error.
  redis.pcall('XADD', KEYS[2], '*', 'sourceStream', ARGV[6], 'sourceMessageId', id, 'handler', ARGV[1],
    'error', '["it was trimmed from its stream before it was handled"]', 'attempts', '0', 'history', '[]',
    'deadLetteredAt', now, 'reason', 'trimmed')
end
local found = {}
for _, entry in ipairs(page[2]) do
  if entry then
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)[1]
    found[#found + 1] = { entry[1], entry[2], pending and pending[4] or 1 }
  end
end
return { page[1], found }
