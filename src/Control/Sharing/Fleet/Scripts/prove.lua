-- The proposal stands on a second server: it becomes the document, unless that moved meanwhile. KEYS: document, history, outbox.
-- ARGV: token, deadline (ms), channel, message, lines kept.
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[2]) then return { 'late' } end

local p = redis.call('HMGET', KEYS[1], 'p:token', 'p:base', 'p:key', 'p:plan', 'p:status', 'p:entry', 'key', 'status')
if p[1] ~= ARGV[1] or p[2] ~= (p[7] or '') or outlasts(p[8], p[5]) then return { 'stale' } end

redis.call('HDEL', KEYS[1], 'deleted', 'p:token', 'p:base', 'p:key', 'p:plan', 'p:status', 'p:entry')
redis.call('PERSIST', KEYS[1])
redis.call('HSET', KEYS[1], 'v', '1', 'key', p[3], 'plan', p[4], 'status', p[5])
redis.call('HINCRBY', KEYS[1], 'writes', 1)
born(KEYS[1], p[7] or '')
sign(KEYS[1], '=' .. ARGV[1])
redis.call('LPUSH', KEYS[2], p[6])
redis.call('LTRIM', KEYS[2], 0, ARGV[5] - 1)
put(KEYS[3], p[6], p[5])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return { 'done' }
