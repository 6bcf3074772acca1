-- Which commands were announced to the document (?) and which it came by (=): whoever lost the answer to one asks within seconds.
local function sign(document, token)
  redis.call('HSET', document, 'tokens', string.sub(token .. (redis.call('HGET', document, 'tokens') or ''), 1, 1320))
end
