-- News that are no line of history. KEYS: outbox. ARGV: entry, status.
put(KEYS[1], ARGV[1], ARGV[2])
return { 'done' }
