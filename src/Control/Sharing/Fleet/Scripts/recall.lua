-- What Redis had lost of a history and a replica's journal has, put where it belongs; told it was before. KEYS: history. ARGV: lines kept, lines.
local lines, known = {}, {}
local generation, revision = math.huge, math.huge
local function take(text)
  local readable, line = pcall(cjson.decode, text)
  if not readable or type(line) ~= 'table' then
    -- It is not ours to throw away: it stays behind the line that it stood behind.
    lines[#lines + 1] = { generation, revision, #lines, text }
    return
  end
  generation, revision = tonumber(line.generation) or 0, tonumber(line.revision) or 0

  -- Of a rollback that two replicas decided, the line that is there stands for both.
  local name = line.kind == 'rolled-back' and line.kind .. generation or tostring(line.id) .. '/' .. generation .. '.' .. revision
  if not known[name] then
    known[name] = true
    lines[#lines + 1] = { generation, revision, #lines, text }
  end
end

for _, text in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do take(text) end
local before = #lines
for i = 2, #ARGV do take(ARGV[i]) end
if #lines == before then return { 'done' } end

-- Newest first.
table.sort(lines, function(a, b)
  for i = 1, 2 do if a[i] ~= b[i] then return a[i] > b[i] end end
  return a[3] < b[3]
end)
redis.call('DEL', KEYS[1])
for i = 1, math.min(#lines, tonumber(ARGV[1])) do redis.call('RPUSH', KEYS[1], lines[i][4]) end
return { 'done' }
