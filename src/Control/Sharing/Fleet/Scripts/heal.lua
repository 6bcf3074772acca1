-- What no version writes so would stand in everybody's way for ever. Returns the keys that were taken away.
local function heal(keys, types)
  local gone = {}
  for i, type in ipairs(types) do
    local found = redis.call('TYPE', keys[i]).ok
    if found ~= 'none' and found ~= type then
      redis.call('DEL', keys[i])
      gone[#gone + 1] = keys[i]
    end
  end
  return gone
end

-- Counted on from where there is no number, it would be an error each time.
local function count(key, field)
  local value = redis.call('HGET', key, field)
  if value and not string.match(value, '^%d+$') then redis.call('HDEL', key, field) end
end
