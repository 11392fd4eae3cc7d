-- Whether this user may run what a script is about to run. Stands before scripts that write first and remove then: a right
-- that is missing in between would leave both done by half.

-- The error that says which of these commands this user may not run, or nil. Each is a list as redis.call takes it.
local function denied(...)
  for _, command in ipairs({ ... }) do
    if redis.acl_check_cmd then
      if not redis.acl_check_cmd(unpack(command)) then
        return { err = "NOPERM this user has no permissions to run the '" .. string.lower(command[1]) .. "' command" }
      end
    elseif command.probe then
      -- Before Redis 7 only trying tells: this one removes nothing.
      local answer = redis.pcall(command[1], command[2], command.probe)
      if type(answer) == 'table' and answer.err then
        return answer
      end
    end
  end
end

-- The error that a command was answered with, or nil.
local function refusal(answer)
  return type(answer) == 'table' and answer.err and answer or nil
end

