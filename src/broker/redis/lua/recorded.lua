-- What a plan's records say of its retries, among the newest: so that what was done and got no answer is not taken for what
-- somebody else did. rights.lua and newest.lua stand before it.
-- KEYS[1]  the records of a type's retries
-- ARGV[1]  the plan, then the dead letters' ids, or of retries that waited their members of the schedule
-- Returns for each that is found: what was asked for, event id, where it was published, the JSON list of [stream, entry id] that
-- it was appended as, tenant.
local no = denied({ 'XREVRANGE', KEYS[1], '+', '-' })
if no then return no end
local wanted, left, found = {}, 0, {}
for k = 2, #ARGV do
  if not wanted[ARGV[k]] then
    wanted[ARGV[k]] = true
    left = left + 1
  end
end
local err = newest(KEYS[1], function(_, fields)
  -- The dead letter's id is the first field of a record.
  if fields[1] ~= 'deadLetterId' or not (fields[2] == '' or wanted[fields[2]]) then return left == 0 end
  local facts = {}
  for at = 1, #fields, 2 do facts[fields[at]] = fields[at + 1] end
  local name = fields[2] ~= '' and fields[2] or (facts.handler or '') .. '|' .. (facts.source or '')
  if wanted[name] and facts.plan == ARGV[1] then
    wanted[name] = nil
    left = left - 1
    found[#found + 1] = { name, facts.eventId or '', facts.source or '', facts.to or '[]', facts.tenant or '' }
  end
  return left == 0
end)
return err or found
