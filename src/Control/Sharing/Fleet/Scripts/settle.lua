-- Who had met a version in the end, into the line of its rollback. KEYS: history. ARGV: generation, exposure.
for i, line in ipairs(redis.call('LRANGE', KEYS[1], 0, 99)) do
  local readable, entry = pcall(cjson.decode, line)
  if readable and type(entry) == 'table' and entry.kind == 'rolled-back' and entry.generation == tonumber(ARGV[1]) then
    -- In the text, since what cjson writes is not what it has read.
    local function settled() return '"exposure":' .. ARGV[2] end
    local text, found = string.gsub(line, '"exposure":%b{}', settled, 1)
    if found == 0 then text = string.gsub(line, '"exposure":null', settled, 1) end
    redis.call('LSET', KEYS[1], i - 1, text)
    break
  end
end
return { 'done' }
