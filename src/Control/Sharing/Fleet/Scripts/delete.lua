-- A tombstone, so that no replica that was away brings the rollout back. KEYS: document, history, replicas, lease, outbox.
-- ARGV: expected key, channel, message, milliseconds the tombstone lasts.
local key = redis.call('HGET', KEYS[1], 'key') or ''
if key ~= ARGV[1] then return { 'stale' } end

redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
redis.call('HSET', KEYS[1], 'deleted', key)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return { 'done' }
