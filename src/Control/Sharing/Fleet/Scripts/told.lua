-- It was told. Remembered for a while, as who counted it is, since a replica that was away may say again that it happened. KEYS: outbox. ARGV: id.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HDEL', KEYS[1], 'news:' .. ARGV[1], 'claim:' .. ARGV[1])
redis.call('HSET', KEYS[1], 'told:' .. ARGV[1], string.format('%.0f', now))
expire(KEYS[1])

local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local since = (string.find(all[i], '^told:') or string.find(all[i], '^counts:')) and string.match(all[i + 1], '^%d+')
  if since and now - tonumber(since) > 3600000 then redis.call('HDEL', KEYS[1], all[i]) end
end
return { 'done' }
