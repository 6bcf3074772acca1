using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>
/// What a feature flag says now. It follows from plan and status and is stored nowhere: a flag that was a second truth could
/// stay on after the traffic came back.
/// </summary>
/// <param name="Enabled">False: off for everybody, whatever the share.</param>
/// <param name="Share">Of the users; all of them for a promoted flag.</param>
/// <param name="Seed">Stands behind the user in the bucket's hash; null for the one that the flag's name gives.</param>
public readonly record struct FlagState(string Name, bool Enabled, Weight Share, string? Seed)
{
    /// <summary>The plan's own flag, and those that this rollout has released.</summary>
    /// <param name="rolledBack">The generation's weight is 0 for good, and the status is about to say so.</param>
    public static ImmutableArray<FlagState> Of(RolloutPlan plan, RolloutStatus status, bool rolledBack = false)
    {
        var flags = ImmutableArray.CreateBuilder<FlagState>();
        if (plan.Flag is { } flag && (rolledBack || !status.HasReleased(flag)))
        {
            flags.Add(status.Phase.IsOpen() && !rolledBack
                ? new FlagState(flag, true, status.Weight, plan.BucketSeed)
                : new FlagState(flag, false, Weight.Zero, plan.BucketSeed));
        }

        flags.AddRange(status.ReleasedFlags
            .Where(released => !rolledBack || released.Generation != status.Generation)
            .Select(released => new FlagState(released.Name, true, Weight.Full, null)));
        return flags.ToImmutable();
    }
}

/// <param name="Generation">The one that was promoted with it, and takes it back when it is rolled back.</param>
public sealed record ReleasedFlag(string Name, long Generation);
