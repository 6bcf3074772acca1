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
public static partial class Transitions
{
    /// <returns>The status itself if there is nothing to do.</returns>
    /// <param name="served">How long the current step's hold has run, pauses left out.</param>
    public static Transition Apply(RolloutPlan plan, RolloutStatus status, RolloutCommand command, TimeSpan served, DateTimeOffset now)
    {
        var result = (status.Phase, command) switch
        {
            (_, RolloutCommand.RollBack c) => RollBack(status, c.Record),
            _ when TakesFlagBack(plan, status, command) => RefuseFlag(plan),
            _ when InGroup(plan, status, command, served, now) is { } inGroup => inGroup,

            _ when Cools(plan, status, command, now) is { } left => Transition.Refuse(
                $"Rollout '{plan.Name}' cools down after its rollback, {Durations.Rough(left)} left: wait, or give a reason to begin before."),

            (RolloutPhase.Idle or RolloutPhase.Promoted or RolloutPhase.RolledBack, RolloutCommand.Start c) => Start(plan, status, c.Version, now),
            (_, RolloutCommand.Start c) => Transition.Refuse(
                $"Rollout '{plan.Name}' has generation {status.Generation} open with {status.NamedVersion()}; " +
                $"promote it or roll it back before starting '{c.Version}'."),

            (RolloutPhase.RolledBack, RolloutCommand.Exonerate c) when status.Rollback is { BlamesVersion: true } record =>
                Exonerate(status, record, c),
            (_, RolloutCommand.Exonerate) => Transition.Refuse("There is nobody to exonerate."),

            (RolloutPhase.RolledBack, RolloutCommand.Retry c) => Retry(plan, status, c, now),
            (_, RolloutCommand.Retry) => Transition.Refuse($"Rollout '{plan.Name}' is {status.Phase}; only a rolled-back version can be retried."),

            (RolloutPhase.Waiting or RolloutPhase.Progressing or RolloutPhase.Baking, RolloutCommand.Advance) => Advance(plan, status, now),
            (RolloutPhase.Progressing or RolloutPhase.Baking, RolloutCommand.Await) when !status.Manual =>
                status with { Phase = RolloutPhase.Waiting, Held = served },
            (RolloutPhase.Waiting or RolloutPhase.Progressing or RolloutPhase.Baking or RolloutPhase.Paused, RolloutCommand.Approve c) =>
                Approve(plan, status, c, now),
            (RolloutPhase.Waiting or RolloutPhase.Progressing or RolloutPhase.Baking, RolloutCommand.Pause) =>
                status with { Phase = RolloutPhase.Paused, Held = served },
            (RolloutPhase.Frozen, RolloutCommand.Resume { Reason: null or "" }) => Frozen(plan),
            (RolloutPhase.Paused or RolloutPhase.Frozen, RolloutCommand.Resume) => status with { Phase = ClimbingPhase(plan, status) },
            (RolloutPhase.Waiting or RolloutPhase.Progressing or RolloutPhase.Paused or RolloutPhase.Baking, RolloutCommand.Promote) =>
                PromoteByHand(plan, status, now),
            (RolloutPhase.Waiting or RolloutPhase.Progressing or RolloutPhase.Paused or RolloutPhase.Baking, RolloutCommand.Freeze c) =>
                status with { Phase = RolloutPhase.Frozen, Held = served, Shared = c.Shared },

            (_, RolloutCommand.Warn c) when status.Phase.IsOpen() && status.Warning is null => status with { Warning = c.Explanation },

            (RolloutPhase.Idle or RolloutPhase.Promoted or RolloutPhase.RolledBack, RolloutCommand.SetWeight c) => OpenByHand(plan, status, c, now),
            (_, RolloutCommand.SetWeight { Version: { } other }) when other != status.Version => Transition.Refuse(
                $"Rollout '{plan.Name}' has generation {status.Generation} open with {status.NamedVersion()}; " +
                $"promote it or roll it back before setting a weight for '{other}'."),
            (RolloutPhase.Frozen, RolloutCommand.SetWeight c) when c.Weight > status.Weight => Frozen(plan),
            (_, RolloutCommand.SetWeight c) => SetWeightOfOpen(plan, status, c.Weight, now),

            (_, RolloutCommand.Warn) => Transition.Refuse("It was told already, or nobody climbs."),
            (RolloutPhase.Frozen, _) => Frozen(plan),
            (RolloutPhase.Paused, RolloutCommand.Pause) => Transition.Refuse($"Rollout '{plan.Name}' is paused already."),
            (RolloutPhase.Paused, _) => Transition.Refuse($"Rollout '{plan.Name}' is paused; resume it first."),
            (RolloutPhase.Waiting, RolloutCommand.Await) => Transition.Refuse($"Rollout '{plan.Name}' waits already."),
            (RolloutPhase.Waiting or RolloutPhase.Progressing or RolloutPhase.Baking, _) =>
                Transition.Refuse($"Rollout '{plan.Name}' is not paused."),
            _ => Transition.Refuse($"Rollout '{plan.Name}' is {status.Phase}: no generation is open. Start one with a version."),
        };

        return result.Next is not { } next || ReferenceEquals(next, status)
            ? result
            : next with
            {
                Revision = next.Generation > status.Generation ? 1 : status.Revision + 1,
                Shared = next.Shared && next.Phase == RolloutPhase.Frozen,
                ReleasedFlags = Released(plan, next),
                ReadyBy = next.Phase == RolloutPhase.Waiting ? next.ReadyBy : null,
                By = command.By,
                Reason = command.Reason,
                Since = next.Phase != status.Phase || next.Step != status.Step || next.Weight != status.Weight ? now : status.Since,
            };
    }

    private static Transition Frozen(RolloutPlan plan) => Transition.Refuse(
        $"Rollout '{plan.Name}' is frozen: it broke an objective and was not rolled back. Roll it back, or resume it with a reason.");
}
