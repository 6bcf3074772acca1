using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>A promoted generation leaves its flag on for everybody; nobody but its own rollback takes it back.</summary>
public static partial class Transitions
{
    private const int RememberedFlags = 100;

    /// <summary>The command opens a generation whose flag everybody has: its first step would take it from most of them.</summary>
    private static bool TakesFlagBack(RolloutPlan plan, RolloutStatus status, RolloutCommand command) =>
        status.HasReleased(plan.Flag) && !status.Phase.IsOpen() && command switch
        {
            RolloutCommand.Start or RolloutCommand.Retry => true,
            RolloutCommand.SetWeight weigh => weigh.Version is not null || weigh.Weight != status.Weight,
            _ => false,
        };

    private static Transition RefuseFlag(RolloutPlan plan) => Transition.Refuse(
        $"Flag '{plan.Flag}' of rollout '{plan.Name}' was promoted and is on for everybody; " +
        $"a new generation would take it from most. Give the plan the next flag, or none: '{plan.Flag}' stays on.");

    private static ImmutableArray<ReleasedFlag> Released(RolloutPlan plan, RolloutStatus next)
    {
        switch (next.Phase)
        {
            case RolloutPhase.Promoted when plan.Flag is { } flag && !next.ReleasedFlags.Any(released => released.Generation == next.Generation):
                var released = next.ReleasedFlags.Add(new ReleasedFlag(flag, next.Generation));
                return released.Length > RememberedFlags ? released.RemoveAt(0) : released;
            case RolloutPhase.RolledBack:
                return next.ReleasedFlags.RemoveAll(flag => flag.Generation == next.Generation);
            default:
                return next.ReleasedFlags;
        }
    }
}
