namespace Snapback.Control.Sharing;

/// <summary>
/// Whether this replica is the one that runs what must happen once per fleet: hooks, queries, notifications, advancing. Asked
/// each time before the work, never remembered. A rollback asks nobody.
/// </summary>
public interface IRolloutLease
{
    bool IsHeld(string rollout);
}

/// <summary>The lease of a replica without a fleet, which does everything itself.</summary>
public sealed class AloneLease : IRolloutLease
{
    public bool IsHeld(string rollout) => true;
}
