-- Every rollout of the fleet. KEYS: rollouts.
heal(KEYS, { 'set' })
return redis.call('SMEMBERS', KEYS[1])
