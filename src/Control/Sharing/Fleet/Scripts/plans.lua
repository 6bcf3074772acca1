-- The plan of one status was given later than that of another of the same rollout (RolloutStatus.PlanOutlasts).
local function outlasts(theirs, mine)
  local function of(status, what) return string.match(status or '', '"' .. what) end
  local count, base = tonumber(of(theirs, 'plans":(%d+)')), tonumber(of(mine, 'plans":(%d+)'))
  return count and base and count > base and of(theirs, 'created":"([^"]+)"') == of(mine, 'created":"([^"]+)"') and count
end
