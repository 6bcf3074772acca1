-- Which commands the document came by: whoever lost the answer to one asks for it within seconds.
local function sign(document, token)
  redis.call('HSET', document, 'tokens', string.sub(token .. ' ' .. (redis.call('HGET', document, 'tokens') or ''), 1, 660))
end
