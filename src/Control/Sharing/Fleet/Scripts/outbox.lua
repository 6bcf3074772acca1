-- Deleting a rollout takes its outbox along, and what is counted or told a moment later makes it anew: nobody would ever take that away.
local function expire(outbox) redis.call('PEXPIRE', outbox, 2592000000) end

-- Written with the line of history, and never again once it was told.
local function put(outbox, entry, status)
  local id = cjson.decode(entry).id
  if id and id ~= cjson.null and redis.call('HEXISTS', outbox, 'told:' .. id) == 0 then
    redis.call('HSETNX', outbox, 'news:' .. id, '{"entry":' .. entry .. ',"status":' .. status .. '}')
    expire(outbox)
  end
end

-- A line of history, of which the newest are kept, and what there is to tell of it.
local function record(history, outbox, entry, status, kept)
  redis.call('LPUSH', history, entry)
  redis.call('LTRIM', history, 0, kept - 1)
  put(outbox, entry, status)
end
