-- When a document was made where there was none, in microseconds: who knew it before learns from it that it was lost.
local function born(document, key)
  local time = redis.call('TIME')
  if key == '' then redis.call('HSET', document, 'born', string.format('%.0f', time[1] * 1000000 + time[2])) end
end

-- The plan of one status was given later than that of another of the same rollout (RolloutStatus.PlanOutlasts).
local function outlasts(theirs, mine)
  local function of(status, what) return string.match(status or '', '"' .. what) end
  local count, base = tonumber(of(theirs, 'plans":(%d+)')), tonumber(of(mine, 'plans":(%d+)'))
  return count and base and count > base and of(theirs, 'created":"([^"]+)"') == of(mine, 'created":"([^"]+)"') and count
end

-- Deleted is every generation up to that of the tombstone: in a Redis of an older day it may be that of a rollout which was made anew since.
local function buried(tombstone, key) return tombstone and string.sub(tombstone, 1, 19) >= string.sub(key, 1, 19) end

-- What holds from now on. Whoever has an older count of writes reads the document again.
local function write(document, was, key, plan, status)
  redis.call('HDEL', document, 'deleted')
  redis.call('PERSIST', document)
  redis.call('HINCRBY', document, 'writes', 1)
  redis.call('HSET', document, 'v', '1', 'key', key, 'plan', plan, 'status', status)
  born(document, was)
end
