-- Takes consumers out of a group of which nothing is heard any more, and with which nothing is pending: what they had is
-- done, or was taken over. One that comes back is made again by its next read.
-- KEYS[1]  the stream
-- ARGV[1]  the group   ARGV[2]  silent is who said nothing for so many ms   then the consumers' names
-- Returns how many went.
local listed = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if listed.err then return 0 end
local may_go, gone = {}, 0
for k = 3, #ARGV do may_go[ARGV[k]] = true end
for _, consumer in ipairs(listed) do
  local facts = {}
  for at = 1, #consumer, 2 do facts[consumer[at]] = consumer[at + 1] end
  if may_go[facts['name']] and facts['pending'] == 0 and facts['idle'] >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], facts['name'])
    gone = gone + 1
  end
end
return gone
