-- A line of what changed nothing. KEYS: outbox, history, document. ARGV: entry, status, lines kept.
local function created(status) return string.match(status or '', '"created":"([^"]+)"') end

-- A drill may outlast its rollout: behind a tombstone nobody would ever take its line away, and the next one of this name has lines of its own.
local document = redis.call('HMGET', KEYS[3], 'deleted', 'status')
local theirs = created(document[2])
if document[1] or theirs and theirs ~= created(ARGV[2]) then return { 'deleted' } end

record(KEYS[2], KEYS[1], ARGV[1], ARGV[2], ARGV[3])
return { 'done' }
