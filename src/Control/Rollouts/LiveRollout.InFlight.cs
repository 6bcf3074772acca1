namespace Snapback.Control.Rollouts;

/// <summary>What is under way with each arm. A stream may outlive the generation that picked it, and more than one after it.</summary>
public sealed partial class LiveRollout
{
    private readonly List<Generation> _outlived = [];

    /// <summary>Requests of all generations that have not ended, by whose cluster they are with now: of a promoted canary, stable's.</summary>
    public int InFlight(Arm arm)
    {
        lock (_lock)
        {
            _outlived.RemoveAll(static one => !HasAny(one));
            return _generation.InFlight(arm) + _outlived.Sum(one => one.InFlight(one.Swapped == _generation.Swapped ? arm : Other(arm)));
        }
    }

    /// <summary>Generations before this one with requests at their canary that have not ended.</summary>
    public IReadOnlyList<Generation> Outlived()
    {
        lock (_lock)
        {
            return [.. _outlived.Where(static one => one.InFlight(Arm.Canary) > 0)];
        }
    }

    private void Outlive_NeedsLock(Generation ended)
    {
        _outlived.RemoveAll(static one => !HasAny(one));
        if (HasAny(ended))
        {
            _outlived.Add(ended);
        }
    }

    private static bool HasAny(Generation generation) => generation.InFlight(Arm.Canary) + generation.InFlight(Arm.Stable) > 0;

    private static Arm Other(Arm arm) => arm == Arm.Canary ? Arm.Stable : Arm.Canary;
}
