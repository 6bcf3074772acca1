namespace Snapback.Control.Rollouts;

/// <summary>
/// A member of a group says that it may go up, in its status, where every replica sees it; it goes once all others may. So no
/// command of a person moves one of them alone.
/// </summary>
public static partial class Transitions
{
    /// <returns>Null if the group has nothing to say.</returns>
    private static Transition? InGroup(RolloutPlan plan, RolloutStatus status, RolloutCommand command, TimeSpan served, DateTimeOffset now) =>
        (plan.Group, command) switch
        {
            (null, _) => (Transition?)null,
            (_, RolloutCommand.Withdraw) when status.ReadyBy is not null => (Transition)(status with { Phase = ClimbingPhase(plan, status) }),
            (_, RolloutCommand.Advance { WithGroup: false }) when status.Phase.Climbs() => Ready(plan, status, command.By, served, now),
            (_, RolloutCommand.Promote) when status.Phase.IsOpen() => Together(plan),
            // The next version has nothing yet of what the promoted one has.
            (_, RolloutCommand.SetWeight { Version: not null } c) when status.Phase == RolloutPhase.Promoted && c.Weight > Weight.Zero => Together(plan),
            (_, RolloutCommand.SetWeight c) when c.Weight > status.Weight => Together(plan),
            _ => null,
        };

    private static Transition Ready(RolloutPlan plan, RolloutStatus status, string by, TimeSpan served, DateTimeOffset now)
    {
        // A person's word stands above that of the gate, which takes its own back when it shuts again.
        if (status.ReadyBy is { } said && (said != "snapback" || by == said))
        {
            return status;
        }

        return Advance(plan, status, now) is { Next: null } refused
            ? refused
            : status with { Phase = RolloutPhase.Waiting, Held = served, ReadyBy = by };
    }

    private static Transition Together(RolloutPlan plan) => Transition.Refuse(
        $"Rollout '{plan.Name}' goes up with group '{plan.Group}', step by step: advance each of its members, or roll back.");
}
