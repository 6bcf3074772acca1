using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>The ends of a generation that was not promoted, and what may follow.</summary>
public static partial class Transitions
{
    private const int RememberedVersions = 100;

    private static Transition RollBack(RolloutStatus status, Rollback record) =>
        status.Phase is RolloutPhase.Idle or RolloutPhase.RolledBack || (status.Phase == RolloutPhase.Promoted && status.Weight == Weight.Zero)
            ? Transition.Refuse("Nothing to roll back: the canary's weight is 0.")
            : status with
            {
                Phase = RolloutPhase.RolledBack,
                Weight = Weight.Zero,
                Manual = false,
                Rollback = record,
                RefusedVersions = record.BlamesVersion ? Remember(status) : status.RefusedVersions,
            };

    /// <returns>What is left of the cool-down after a rollback; null if the command may pass.</returns>
    private static TimeSpan? Cools(RolloutPlan plan, RolloutStatus status, RolloutCommand command, DateTimeOffset now) =>
        status is { Phase: RolloutPhase.RolledBack, Rollback: { } record }
        && (command is RolloutCommand.Start || command is RolloutCommand.SetWeight { Weight.BasisPoints: > 0 })
        && plan.Rollback.CoolDown > TimeSpan.Zero
        && string.IsNullOrWhiteSpace(command.Reason)
        && record.At + plan.Rollback.CoolDown - now is var left && left > TimeSpan.Zero
            ? left
            : null;

    private static ImmutableArray<string> Remember(RolloutStatus status)
    {
        if (status.Version is not { } version || status.RefusedVersions.Contains(version))
        {
            return status.RefusedVersions;
        }

        var versions = status.RefusedVersions.Add(version);
        return versions.Length > RememberedVersions ? versions.RemoveAt(0) : versions;
    }

    private static Transition Retry(RolloutPlan plan, RolloutStatus status, RolloutCommand.Retry retry, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(retry.Reason))
        {
            return Transition.Refuse($"A retry of rollout '{plan.Name}' needs a reason: say what changed since it was rolled back.");
        }

        return Enter(plan, Open(Forgive(status), status.Version), now);
    }

    private static RolloutStatus Exonerate(RolloutStatus status, Rollback record, RolloutCommand.Exonerate command) => Forgive(status) with
    {
        Rollback = record with { BlamesVersion = false, Explanation = $"{record.Explanation} {command.Explanation}" },
    };

    private static RolloutStatus Forgive(RolloutStatus status) =>
        status with { RefusedVersions = [.. status.RefusedVersions.Where(version => version != status.Version)] };
}
