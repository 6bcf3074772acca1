-- Which replica counts a rollback that several have made: the first that asks, also when it asks again. KEYS: outbox. ARGV: id, replica.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSETNX', KEYS[1], 'counts:' .. ARGV[1], string.format('%.0f', now) .. '|' .. ARGV[2])
expire(KEYS[1])
local first = string.match(redis.call('HGET', KEYS[1], 'counts:' .. ARGV[1]), '|(.*)$')
return { first == ARGV[2] and 'mine' or 'others' }
