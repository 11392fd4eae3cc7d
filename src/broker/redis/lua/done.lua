-- Which of these events a handler has done within its dedup window (ARCHITECTURE.md, 'Doubles').
-- KEYS[1]  the events of a type that the handler has done: a sorted set, by when in ms
-- ARGV[1]  the window in ms, then the events' ids
-- Returns 1 or 0 for each, in that order.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local since = now - tonumber(ARGV[1])
local answers = {}
for from = 2, #ARGV, 1000 do
  local scores = redis.call('ZMSCORE', KEYS[1], unpack(ARGV, from, math.min(from + 999, #ARGV)))
  for k = 1, #scores do
    answers[from - 2 + k] = (scores[k] and tonumber(scores[k]) > since) and 1 or 0
  end
end
return answers
