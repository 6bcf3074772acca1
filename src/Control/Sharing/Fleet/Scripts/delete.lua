-- A tombstone, so that no replica that was away brings the rollout back. KEYS: document, history, replicas, lease, outbox.
-- ARGV: expected key, deadline (ms), token, channel, message, milliseconds the tombstone lasts.
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[2]) then return { 'late' } end

local document = redis.call('HMGET', KEYS[1], 'key', 'deleted')
if buried(document[2], ARGV[1]) then return { 'done' } end
if document[1] and document[1] ~= ARGV[1] then return { 'stale' } end

redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
redis.call('HSET', KEYS[1], 'deleted', ARGV[1])
sign(KEYS[1], '=' .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return { 'done' }
