-- Entry ids, which do not fit into a Lua number. Stands before the scripts that compare them.

-- Without leading zeros, the longer digits are the greater.
local function less(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then
    return #a_ms < #b_ms or (#a_ms == #b_ms and a_ms < b_ms)
  end
  return #a_seq < #b_seq or (#a_seq == #b_seq and a_seq < b_seq)
end

-- A function that says whether `stream` ever gave out an id: else it was one of a stream that was lost. Asks the server
-- once, and only when it is called.
local function ids_of(stream)
  local newest
  return function(id)
    if not newest then
      newest = '0-0'
      local about = redis.pcall('XINFO', 'STREAM', stream)
      for at = 1, (about.err and 0 or #about), 2 do
        if about[at] == 'last-generated-id' then newest = about[at + 1] end
      end
    end
    return not less(newest, id)
  end
end

