namespace Snapback.Control.Rollouts;

/// <summary>
/// Rollouts that go up together and come down together. What one needs to know of the others is in their statuses, so that
/// every replica comes to the same answer.
/// </summary>
public static class RolloutGroup
{
    /// <summary>The other members; none without a group.</summary>
    public static IEnumerable<LiveRollout> Others(RolloutBoard board, RolloutPlan plan) =>
        plan.Group is { } group ? board.All.Where(live => live.Name != plan.Name && live.Plan.Group == group) : [];

    /// <summary>
    /// What keeps a member from going up, though it may itself; empty if nothing does. A member behind must catch up first, one
    /// beside it must be ready, one that is promoted has arrived.
    /// </summary>
    public static IEnumerable<string> Holds(RolloutBoard board, RolloutPlan plan, RolloutStatus status) =>
        from other in Others(board, plan).Select(live => live.Status)
        let why = other.Phase switch
        {
            RolloutPhase.Promoted => null,
            RolloutPhase.Idle => "not started",
            RolloutPhase.RolledBack => "rolled back",
            _ when other.Step < status.Step => $"at step {other.Step}",
            _ when other.Step > status.Step || other.ReadyBy is not null => null,
            RolloutPhase.Paused or RolloutPhase.Frozen => other.Phase.ToString().ToLowerInvariant(),
            _ => "not ready",
        }
        where why is not null
        select $"{other.Name} ({why})";

    /// <summary>
    /// Another member was rolled back while this one stood where it stands: it must come down too. Seen again by the loop that
    /// advances, for a replica that ended between the two. Who waits for its first step does so without users until the other is
    /// there again, so whoever has left it did so beside one that was open: no two replicas' clocks need to agree. Whom it began
    /// with comes first.
    /// </summary>
    public static LiveRollout? Culprit(RolloutBoard board, RolloutPlan plan, RolloutStatus status) => status.Phase.IsOpen() && status.Step > 0
        ? Others(board, plan)
            .Where(other => other.Status is { Phase: RolloutPhase.RolledBack, Rollback: { } record } && IsOfThisGroup(other.Status, record, status))
            .MinBy(other => other.Status.Rollback?.Authority == Authority.Group)
        : null;

    /// <summary>One that was given another plan since may have been rolled back before it came to this group, and nobody beside it stood.</summary>
    private static bool IsOfThisGroup(RolloutStatus culprit, Rollback record, RolloutStatus member) =>
        record.Plans is { } plans ? plans == culprit.Plans : record.At >= member.Since;

    /// <summary>The promotion of a group is one commit after the other: who was promoted while the culprit stood ready for it
    /// comes down as well.</summary>
    internal static bool ComesDownWith(RolloutStatus member, RolloutStatus culpritBefore) => member.Phase.IsOpen()
        || (member.Phase == RolloutPhase.Promoted && culpritBefore.ReadyBy is not null && member.Since >= culpritBefore.Since);
}
