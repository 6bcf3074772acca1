-- What Redis had lost of a history and a replica's journal has, put where it belongs; told it was before. KEYS: history, document. ARGV: lines
-- kept, lines.

-- Deleted since the beat that asked for it: behind a tombstone nobody would ever take it away.
if redis.call('HEXISTS', KEYS[2], 'deleted') == 1 then return { 'done' } end

local lines, known, news = {}, {}, false
local generation, revision, late = math.huge, math.huge, ''
local function take(text)
  local readable, line = pcall(cjson.decode, text)
  if not readable or type(line) ~= 'table' then
    -- It is not ours to throw away: it stays behind the line that it stood behind.
    lines[#lines + 1] = { generation, revision, late, #lines, text }
    return
  end
  generation, revision = tonumber(line.generation) or 0, tonumber(line.revision) or 0
  -- A drill changes nothing: its line has the revision of the one that it came behind.
  late = string.find(tostring(line.kind), '^drill') and tostring(line.at) or ''

  -- Of a rollback that two replicas decided one line stands for both, and of what came behind a raise that its replica had not heard of,
  -- which is the same moment: that of the later revision, as the status does.
  local name = line.kind == 'rolled-back' and line.kind .. generation
    or table.concat({ tostring(line.id), generation, revision, tostring(line.weight) }, '/')
  local moment = tostring(line.at) .. '/' .. generation
  local at = known[name] or known[moment]
  if not at or revision > lines[at][2] then
    at = at or #lines + 1
    known[name], known[moment] = at, at
    lines[at] = { generation, revision, late, at - 1, text }
    news = true
  end
end

for _, text in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do take(text) end
news = false
for i = 2, #ARGV do take(ARGV[i]) end
if not news then return { 'done' } end

-- Newest first.
table.sort(lines, function(a, b)
  for i = 1, 3 do if a[i] ~= b[i] then return a[i] > b[i] end end
  return a[4] < b[4]
end)
redis.call('DEL', KEYS[1])
for i = 1, math.min(#lines, tonumber(ARGV[1])) do redis.call('RPUSH', KEYS[1], lines[i][5]) end
return { 'done' }
