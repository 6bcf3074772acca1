using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>What a command led to: the next status, or one sentence why not.</summary>
public readonly record struct Transition(RolloutStatus? Next, string Refusal)
{
    public static implicit operator Transition(RolloutStatus next) => new(next, "");

    public static Transition Refuse(string sentence) => new(null, sentence);
}

/// <summary>
/// The one table of what may follow what. Pure: the same plan, status, command, served hold and time give the same answer
/// on every replica. A closed generation is never rolled back by the judge: when the canary holds 100 % for good, stable
/// may be the sick arm.
/// </summary>
public static class Transitions
{
    private const int RememberedVersions = 100;

    /// <returns>The status itself if there is nothing to do.</returns>
    /// <param name="served">How long the current step's hold has run, pauses left out.</param>
    public static Transition Apply(RolloutPlan plan, RolloutStatus status, RolloutCommand command, TimeSpan served, DateTimeOffset now)
    {
        var result = (status.Phase, command) switch
        {
            (_, RolloutCommand.RollBack c) => RollBack(status, c.Record),

            (RolloutPhase.Idle or RolloutPhase.Promoted or RolloutPhase.RolledBack, RolloutCommand.Start c) => Start(plan, status, c.Version),
            (_, RolloutCommand.Start c) => Transition.Refuse(
                $"Rollout '{plan.Name}' has generation {status.Generation} open with version '{status.Version}'; promote it or roll it back before starting '{c.Version}'."),

            (RolloutPhase.RolledBack, RolloutCommand.Exonerate c) when status.Rollback is { BlamesVersion: true } record => Exonerate(status, record, c),
            (_, RolloutCommand.Exonerate) => Transition.Refuse("There is nobody to exonerate."),

            (RolloutPhase.RolledBack, RolloutCommand.Retry c) => Retry(plan, status, c),
            (_, RolloutCommand.Retry) => Transition.Refuse($"Rollout '{plan.Name}' is {status.Phase}; only a rolled-back version can be retried."),

            (RolloutPhase.Progressing or RolloutPhase.Baking, RolloutCommand.Advance) => Advance(plan, status),
            (RolloutPhase.Progressing or RolloutPhase.Baking, RolloutCommand.Pause) => status with { Phase = RolloutPhase.Paused, Held = served },
            (RolloutPhase.Frozen, RolloutCommand.Resume { Reason: null or "" }) => Frozen(plan),
            (RolloutPhase.Paused or RolloutPhase.Frozen, RolloutCommand.Resume) => status with { Phase = ClimbingPhase(plan, status) },
            (RolloutPhase.Progressing or RolloutPhase.Paused or RolloutPhase.Baking, RolloutCommand.Promote) => Promote(status),
            (RolloutPhase.Progressing or RolloutPhase.Paused or RolloutPhase.Baking, RolloutCommand.Freeze c) =>
                status with { Phase = RolloutPhase.Frozen, Held = served, Shared = c.Shared },

            (RolloutPhase.Idle or RolloutPhase.Promoted or RolloutPhase.RolledBack, RolloutCommand.SetWeight c) => OpenByHand(plan, status, c),
            (RolloutPhase.Frozen, RolloutCommand.SetWeight c) when c.Weight > status.Weight => Frozen(plan),
            (_, RolloutCommand.SetWeight c) => SetWeight(status, c.Weight),

            (RolloutPhase.Frozen, _) => Frozen(plan),
            (RolloutPhase.Paused, RolloutCommand.Pause) => Transition.Refuse($"Rollout '{plan.Name}' is paused already."),
            (RolloutPhase.Paused, _) => Transition.Refuse($"Rollout '{plan.Name}' is paused; resume it first."),
            (RolloutPhase.Progressing or RolloutPhase.Baking, _) => Transition.Refuse($"Rollout '{plan.Name}' is not paused."),
            _ => Transition.Refuse($"Rollout '{plan.Name}' is {status.Phase}: no generation is open. Start one with a version."),
        };

        return result.Next is not { } next || ReferenceEquals(next, status)
            ? result
            : next with
            {
                Revision = next.Generation > status.Generation ? 1 : status.Revision + 1,
                Shared = next.Shared && next.Phase == RolloutPhase.Frozen,
                By = command.By,
                Reason = command.Reason,
                Since = next.Phase != status.Phase || next.Step != status.Step || next.Weight != status.Weight ? now : status.Since,
            };
    }

    private static Transition RollBack(RolloutStatus status, Rollback record) =>
        status.Phase is RolloutPhase.Idle or RolloutPhase.RolledBack
            ? Transition.Refuse("Nothing to roll back: the canary's weight is 0.")
            : status with
            {
                Phase = RolloutPhase.RolledBack,
                Weight = Weight.Zero,
                Manual = false,
                Rollback = record,
                RefusedVersions = record.BlamesVersion ? Remember(status) : status.RefusedVersions,
            };

    private static ImmutableArray<string> Remember(RolloutStatus status)
    {
        if (status.Version is not { } version || status.RefusedVersions.Contains(version))
        {
            return status.RefusedVersions;
        }

        var versions = status.RefusedVersions.Add(version);
        return versions.Length > RememberedVersions ? versions.RemoveAt(0) : versions;
    }

    private static Transition Start(RolloutPlan plan, RolloutStatus status, string version) =>
        IsRefused(status, version) ? RefuseVersion(plan, version) : AtStep(plan, Open(status, version), 1);

    private static bool IsRefused(RolloutStatus status, string? version) =>
        version is not null && status.RefusedVersions.Contains(version);

    private static Transition RefuseVersion(RolloutPlan plan, string? version) => Transition.Refuse(
        $"Version '{version}' of rollout '{plan.Name}' was rolled back and is refused: start a new version, or retry this one with a reason.");

    private static Transition Retry(RolloutPlan plan, RolloutStatus status, RolloutCommand.Retry retry)
    {
        if (string.IsNullOrWhiteSpace(retry.Reason))
        {
            return Transition.Refuse($"A retry of rollout '{plan.Name}' needs a reason: say what changed since it was rolled back.");
        }

        return AtStep(plan, Open(Forgive(status), status.Version), 1);
    }

    private static RolloutStatus Exonerate(RolloutStatus status, Rollback record, RolloutCommand.Exonerate command) => Forgive(status) with
    {
        Rollback = record with { BlamesVersion = false, Explanation = $"{record.Explanation} {command.Explanation}" },
    };

    private static RolloutStatus Forgive(RolloutStatus status) =>
        status with { RefusedVersions = [.. status.RefusedVersions.Where(version => version != status.Version)] };

    private static Transition OpenByHand(RolloutPlan plan, RolloutStatus status, RolloutCommand.SetWeight command)
    {
        if (command.Weight == status.Weight && (command.Version is null || command.Version == status.Version))
        {
            return status;
        }

        if (status.Phase == RolloutPhase.Promoted && command.Version is null)
        {
            return Transition.Refuse(
                $"Rollout '{plan.Name}' was promoted: version '{status.Version}' holds 100%. Name the next version to set a weight for it, or roll back.");
        }

        var version = command.Version ?? status.Version;
        return IsRefused(status, version)
            ? RefuseVersion(plan, version)
            : SetWeight(Open(status, version) with { Phase = RolloutPhase.Progressing }, command.Weight);
    }

    private static RolloutStatus SetWeight(RolloutStatus status, Weight weight) =>
        status with
        {
            Weight = weight,
            Manual = true,
            Held = TimeSpan.Zero,
            Phase = status.Phase == RolloutPhase.Baking ? RolloutPhase.Progressing : status.Phase,
        };

    /// <summary>A new generation. After a promotion the arms change roles, since what was the canary is what users now trust.</summary>
    private static RolloutStatus Open(RolloutStatus status, string? version)
    {
        var promoted = status.Phase == RolloutPhase.Promoted;
        return status with
        {
            Generation = status.Generation + 1,
            Version = version,
            StableVersion = promoted ? status.Version : status.StableVersion,
            Swapped = promoted ? !status.Swapped : status.Swapped,
            Step = 0,
            Rollback = null,
        };
    }

    private static Transition Advance(RolloutPlan plan, RolloutStatus status)
    {
        for (var step = status.Step; step < plan.Steps.Length; step++)
        {
            if (plan.Steps[step].Weight > status.Weight)
            {
                return AtStep(plan, status, step + 1);
            }
        }

        return Promote(status);
    }

    private static RolloutStatus AtStep(RolloutPlan plan, RolloutStatus status, int step)
    {
        var next = status with { Step = step, Weight = plan.Steps[step - 1].Weight, Manual = false, Held = TimeSpan.Zero };
        return next with { Phase = ClimbingPhase(plan, next) };
    }

    private static RolloutPhase ClimbingPhase(RolloutPlan plan, RolloutStatus status) =>
        status is { Manual: false, Step: > 0 } && plan.Steps[status.Step - 1].IsBake ? RolloutPhase.Baking : RolloutPhase.Progressing;

    private static RolloutStatus Promote(RolloutStatus status) =>
        status with { Phase = RolloutPhase.Promoted, Weight = Weight.Full, Manual = false };

    private static Transition Frozen(RolloutPlan plan) => Transition.Refuse(
        $"Rollout '{plan.Name}' is frozen: it broke an objective and was not rolled back. Roll it back, or resume it with a reason.");
}
