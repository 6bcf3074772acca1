-- What became of a command, and the line of servers that says so. KEYS: document. ARGV: token.
local time = redis.call('TIME')
local document = redis.call('HMGET', KEYS[1], 'tokens', 'deleted')
local lineage = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or ''
local done = string.find(document[1] or '', ARGV[1], 1, true)
return { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), lineage, done and 'done' or document[2] and 'deleted' or '' }
