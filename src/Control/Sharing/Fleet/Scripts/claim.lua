-- Who tells it: one replica at a time, and another one if that stopped. KEYS: outbox. ARGV: id, replica, milliseconds a claim lasts.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HEXISTS', KEYS[1], 'told:' .. ARGV[1]) == 1 then return { 'others' } end
if redis.call('HEXISTS', KEYS[1], 'news:' .. ARGV[1]) == 0 then return { 'unknown' } end

local claim = redis.call('HGET', KEYS[1], 'claim:' .. ARGV[1]) or ''
local ends, owner = string.match(claim, '^(%d+)|(.*)$')
local left = tonumber(ends or '0') - now
if owner and owner ~= ARGV[2] and left > 0 and left <= tonumber(ARGV[3]) then return { 'others' } end

redis.call('HSET', KEYS[1], 'claim:' .. ARGV[1], string.format('%.0f', now + tonumber(ARGV[3])) .. '|' .. ARGV[2])
return { 'mine' }
