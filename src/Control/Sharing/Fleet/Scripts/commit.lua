-- Up: compare-and-set. KEYS: document, history, lease, outbox.
-- ARGV: expected key, next key, plan, status, entry, deadline (ms), token, fence, replica, channel, message, 1 to wait for proof,
-- 1 if nothing may be there yet, lines kept.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A command that was stuck in a frozen server must not take effect when its caller has long been told no.
if now > tonumber(ARGV[6]) then return { 'late' } end

local document = redis.call('HMGET', KEYS[1], 'key', 'deleted', 'v', 'status')
if (tonumber(document[3] or '1') or 1) > 1 then return { 'newer' } end
local key = document[1] or ''

-- It may have said that the canary is rolled back.
if key == '' and not document[2] and ARGV[13] ~= '1' then return { 'lost' } end
if key ~= ARGV[1] and not (key == '' and ARGV[13] == '1') or outlasts(document[4], ARGV[4]) then return { 'stale' } end

if ARGV[8] ~= '' then
  local lease = redis.call('HMGET', KEYS[3], 'owner', 'fence', 'until')
  if lease[1] ~= ARGV[9] or lease[2] ~= ARGV[8] or (tonumber(lease[3]) or 0) < now then return { 'fenced' } end
end

if ARGV[12] == '1' then
  -- Nobody reads a proposal: it counts once it is known to stand on a second server (see prove.lua).
  redis.call('HSET', KEYS[1], 'p:token', ARGV[7], 'p:base', key, 'p:key', ARGV[2], 'p:plan', ARGV[3], 'p:status', ARGV[4], 'p:entry', ARGV[5])
  return { 'proposed' }
end

write(KEYS[1], key, ARGV[2], ARGV[3], ARGV[4])
sign(KEYS[1], '=' .. ARGV[7])
record(KEYS[2], KEYS[4], ARGV[5], ARGV[4], ARGV[14])
redis.call('PUBLISH', ARGV[10], ARGV[11])
return { 'done' }
