-- A line of what changed nothing. KEYS: outbox, history. ARGV: entry, status, lines kept.
record(KEYS[2], KEYS[1], ARGV[1], ARGV[2], ARGV[3])
return { 'done' }
