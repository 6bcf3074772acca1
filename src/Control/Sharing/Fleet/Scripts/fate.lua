-- What became of a command, and the line of servers that says so. KEYS: document. ARGV: token, 1 before it goes out.
local time = redis.call('TIME')
if ARGV[2] == '1' then sign(KEYS[1], '?' .. ARGV[1]) end

-- Where not even the question is left, all was lost meanwhile.
local tokens = redis.call('HGET', KEYS[1], 'tokens') or ''
local word = string.find(tokens, '=' .. ARGV[1], 1, true) and 'done' or string.find(tokens, '?' .. ARGV[1], 1, true) and 'open' or 'lost'
local lineage = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or ''
return { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), lineage, word }
