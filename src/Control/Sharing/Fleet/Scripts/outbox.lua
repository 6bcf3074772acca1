-- Written with the line of history, and never again once it was told.
local function put(outbox, entry, status)
  local id = cjson.decode(entry).id
  if id and id ~= cjson.null and redis.call('HEXISTS', outbox, 'told:' .. id) == 0 then
    redis.call('HSETNX', outbox, 'news:' .. id, '{"entry":' .. entry .. ',"status":' .. status .. '}')
  end
end
