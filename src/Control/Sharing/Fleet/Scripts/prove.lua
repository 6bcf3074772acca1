-- The proposal stands on a second server: it becomes the document, unless that moved meanwhile. KEYS: document, history, outbox.
-- ARGV: token, deadline (ms), channel, message, lines kept.
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[2]) then return { 'late' } end

local p = redis.call('HMGET', KEYS[1], 'p:token', 'p:base', 'p:key', 'p:plan', 'p:status', 'p:entry', 'key', 'status')
if p[1] ~= ARGV[1] or p[2] ~= (p[7] or '') or outlasts(p[8], p[5]) then return { 'stale' } end

redis.call('HDEL', KEYS[1], 'p:token', 'p:base', 'p:key', 'p:plan', 'p:status', 'p:entry')
write(KEYS[1], p[7] or '', p[3], p[4], p[5])
sign(KEYS[1], '=' .. ARGV[1])
record(KEYS[2], KEYS[3], p[6], p[5], ARGV[5])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return { 'done' }
