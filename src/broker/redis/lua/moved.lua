-- Where entries were moved to before, among the newest. rights.lua and newest.lua stand before it.
-- KEYS[1]  the stream they were moved to
-- ARGV[1]  the field that says where from: 'discardedFrom' or 'restoredFrom', the last field of its entry
-- ARGV[2]  who moved them; empty: whoever did   then where from
-- Returns for each that is found: where from, and its id now.
local no = denied({ 'XREVRANGE', KEYS[1], '+', '-' })
if no then return no end
local wanted, left, found = {}, 0, {}
for k = 3, #ARGV do
  if not wanted[ARGV[k]] then
    wanted[ARGV[k]] = true
    left = left + 1
  end
end
local function is_by(fields)
  if ARGV[2] == '' then return true end
  for at = #fields - 1, 1, -2 do
    if fields[at] == 'discardedBy' then return fields[at + 1] == ARGV[2] end
  end
end
local err = newest(KEYS[1], function(id, fields)
  local from = fields[#fields - 1] == ARGV[1] and fields[#fields]
  if from and wanted[from] and is_by(fields) then
    wanted[from] = nil
    left = left - 1
    found[#found + 1] = { from, id }
  end
  return left == 0
end)
return err or found
