-- One replica's sign of life for one rollout, and everything it must know of the others. KEYS: document, replicas, lease, evidence,
-- history, outbox. ARGV: replica, key it holds, writes it has seen, version and name as JSON, lease ttl (ms), 0 for no lease, -1 in the last
-- beat of a process, evidence or '', channel,
-- evidence message or '', 1 to look after what else is there: the servers, and the types of the keys.
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local ttl = tonumber(ARGV[5])

local gone = {}
if ARGV[9] == '1' then
  gone = heal(KEYS, { 'hash', 'hash', 'hash', 'hash', 'list', 'hash' })
  count(KEYS[1], 'writes')
  count(KEYS[3], 'fence')
end

-- What was deleted gets no new keys.
local deleted = redis.call('HGET', KEYS[1], 'deleted')
if deleted then return { string.format('%.0f', micros), { '', '', deleted, '', '', '', '' }, '', {}, {}, '', gone } end

local me = redis.call('HGET', KEYS[2], ARGV[1])
local reached, held = string.match(me or '', '^%d+|(%d+)|([^|]*)|')
if held ~= ARGV[2] then reached = string.format('%.0f', micros) end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', now) .. '|' .. reached .. '|' .. ARGV[2] .. '|' .. ARGV[4])

local replicas = redis.call('HGETALL', KEYS[2])
for i = 2, #replicas, 2 do
  local seen = tonumber(string.match(replicas[i], '^(%d+)') or '0')
  if now - seen > 60000 then redis.call('HDEL', KEYS[2], replicas[i - 1]) end

  -- By a clock that was ahead, before a failover or a correction: whoever lives says so by this one.
  if seen > now then
    replicas[i] = string.gsub(replicas[i], '^%d+', string.format('%.0f', now))
    redis.call('HSET', KEYS[2], replicas[i - 1], replicas[i])
  end
end

-- Ended in good order: it is not silent, it is gone.
if ttl < 0 then redis.call('HDEL', KEYS[2], ARGV[1]) end

-- One owner at a time; every change of owner has a higher fence, which the commits of a stopped owner then lack. No lease ends later than one
-- that is given now, unless by another clock.
local fence = ''
local lease = redis.call('HMGET', KEYS[3], 'owner', 'fence', 'until')
local mine, ends = lease[1] == ARGV[1], tonumber(lease[3]) or 0
if ttl > 0 and (mine or ends < now or ends > now + ttl) then
  fence = (mine and lease[2] and ends >= now) and lease[2] or tostring(redis.call('HINCRBY', KEYS[3], 'fence', 1))
  redis.call('HSET', KEYS[3], 'owner', ARGV[1], 'fence', fence, 'until', string.format('%.0f', now + ttl))
elseif mine and ttl <= 0 then
  redis.call('HSET', KEYS[3], 'until', '0')
end

if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[6])
  redis.call('PEXPIRE', KEYS[4], 3600000)
  if ARGV[8] ~= '' then redis.call('PUBLISH', ARGV[7], ARGV[8]) end
end

local document = redis.call('HMGET', KEYS[1], 'key', 'writes', 'deleted', 'v', 'plan', 'status', 'born')
if document[1] == ARGV[2] and document[2] == ARGV[3] then
  document[5] = ''
  document[6] = ''
end
for i = 1, 7 do document[i] = document[i] or '' end

local servers = ''
if ARGV[9] == '1' then servers = string.match(redis.call('INFO', 'replication'), 'connected_slaves:(%d+)') or '' end
return { string.format('%.0f', micros), document, fence, replicas, ARGV[6] ~= '' and redis.call('HGETALL', KEYS[4]) or {}, servers, gone }
