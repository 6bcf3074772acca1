-- A line of what changed nothing. KEYS: outbox, history. ARGV: entry, status, lines kept.
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1)
put(KEYS[1], ARGV[1], ARGV[2])
return { 'done' }
