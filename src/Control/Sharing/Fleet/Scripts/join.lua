-- Down, and memory: what holds on a replica is written wherever the document stands, unless that dominates. A join: lost,
-- doubled and reordered calls do no harm, so it needs no deadline, no lease and no proof. KEYS: document, history, outbox.
-- ARGV: key, plan, status, entry or '', channel, message, 1 to overwrite a document that nobody can read, lines kept, the key that is known to
-- have stood here.
local document = redis.call('HMGET', KEYS[1], 'key', 'status', 'deleted', 'v', 'plan')
if buried(document[3], ARGV[1]) then return { 'deleted' } end

-- A newer version's document has more than this one could write: whoever wrote it hears the message, and writes it down.
if (tonumber(document[4] or '1') or 1) > 1 and ARGV[7] ~= '1' then
  redis.call('PUBLISH', ARGV[5], ARGV[6])
  return { 'newer' }
end

local key = document[1] or ''
if key > ARGV[1] and ARGV[7] ~= '1' then return { 'older' } end

-- A rollback takes the status down, and no later plan with it.
local plan, status = ARGV[2], ARGV[3]
local later = string.sub(ARGV[1], 20, 22) == '.1.' and ARGV[7] ~= '1' and outlasts(document[2], status)
if later then
  plan = document[5]
  status = string.gsub(status, '"plans":%d+', '"plans":' .. string.format('%.0f', later), 1)
end
if key == ARGV[1] and document[2] == status then return { 'done' } end

-- Another replica's record of the same rollback, by the generation and the mark of a key, or its plan of the same first start, by the
-- revision too: its line stands for both.
local alike = ARGV[4] ~= '' and ({ ['rolled-back'] = 21, planned = 41 })[cjson.decode(ARGV[4]).kind]
local retold = alike and string.sub(key, 1, alike) == string.sub(ARGV[1], 1, alike)

-- Made beside a commit of the same generation that its replica had not heard of: it comes again as that one's successor, so that no two
-- lines have one revision.
local revision = string.sub(key, 23, 41)
local beside = string.sub(key, 1, 22) == string.sub(ARGV[1], 1, 20) .. '0.' and revision >= string.sub(ARGV[1], 23, 41)
local again = beside and key ~= ARGV[1] and not retold and ARGV[7] ~= '1'

-- Said before it is written: a server that takes no writes still carries it. But for a rollback, what comes again is said only then: as it is
-- now, whoever wrote what stands here would take it for what holds instead.
if not again or string.sub(ARGV[1], 20, 22) == '.1.' then redis.call('PUBLISH', ARGV[5], ARGV[6]) end
if again then return { 'beside', revision } end

-- A Redis of an older day has lost lines too: whoever has them in a journal learns from it that they are to be put back.
local lost = ARGV[9] and key < ARGV[9]
write(KEYS[1], lost and '' or key, ARGV[1], plan, status)
if key ~= ARGV[1] and ARGV[4] ~= '' and not retold then
  record(KEYS[2], KEYS[3], ARGV[4], status, ARGV[8])
end
return { 'done' }
