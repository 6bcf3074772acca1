namespace Snapback.Control.Rollouts;

/// <summary>
/// The order in which two views of one rollout are merged: higher generation, then RolledBack, then higher revision. A
/// join (commutative, associative, idempotent), so that lost, doubled or reordered messages do no harm.
/// </summary>
public static class StatusOrder
{
    public static bool Dominates(RolloutStatus candidate, RolloutStatus current) => Key(candidate).CompareTo(Key(current)) > 0;

    public static RolloutStatus Merge(RolloutStatus left, RolloutStatus right) => Dominates(right, left) ? right : left;

    private static (long, bool, long) Key(RolloutStatus status) =>
        (status.Generation, status.Phase == RolloutPhase.RolledBack, status.Revision);
}
