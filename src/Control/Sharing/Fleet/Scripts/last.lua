-- What one replica counted of an attempt that has ended. KEYS: document, evidence. ARGV: replica, sums.
heal(KEYS, { 'hash', 'hash' })
if redis.call('HEXISTS', KEYS[1], 'deleted') == 0 then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], 3600000)
end
return { 'done' }
