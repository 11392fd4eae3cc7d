-- Looking into the newest entries of a stream. Stands before scripts that find there what was done before.

local MOST, MOST_BYTES = 1000, 8 * 1024 * 1024

-- Shows `look` the newest thousand entries of a stream, or the newest eight mebibytes, newest first, until it answers true or
-- they end; with `after` only those behind that one. Returns the error if there is one, and whether there are more.
local function newest(stream, look, after)
  local from, seen, bytes = '+', 0, 0
  local to = after and '(' .. after or '-'
  while seen < MOST and bytes < MOST_BYTES do
    -- Little at first: entries may be large.
    local count = math.min(seen == 0 and 10 or math.max(1, math.floor(1024 * 1024 * seen / (bytes + 1))), MOST - seen, 200)
    local page = redis.pcall('XREVRANGE', stream, from, to, 'COUNT', count)
    if page.err then return page end
    for _, entry in ipairs(page) do
      if look(entry[1], entry[2]) then return nil, false end
      for _, part in ipairs(entry[2]) do bytes = bytes + #part end
    end
    seen = seen + #page
    if #page < count then return nil, false end
    from = '(' .. page[#page][1]
  end
  return nil, true
end

