-- What the store has of one rollout. KEYS: document.
local document = redis.call('HMGET', KEYS[1], 'key', 'writes', 'deleted', 'v', 'plan', 'status', 'born')
for i = 1, 7 do document[i] = document[i] or '' end
return document
