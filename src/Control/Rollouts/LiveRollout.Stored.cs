namespace Snapback.Control.Rollouts;

/// <summary>What the store has of the rollout, noted under the same lock as the status, so that only what it lacks is told.</summary>
public sealed partial class LiveRollout
{
    private RolloutStatus? _stored;

    /// <summary>What the store was last known to have; null once the rollout was deleted.</summary>
    public RolloutStatus? Stored
    {
        get
        {
            lock (_lock)
            {
                return _stored;
            }
        }
    }

    /// <summary>What holds here, and what the store has of it; null where the two are the same, or the rollout was deleted.</summary>
    public (RolloutStatus Status, RolloutStatus Stored)? Unstored(TimeSpan now)
    {
        lock (_lock)
        {
            return _stored is { } stored && Snapshot(now).Status is var status && status != stored ? (status, stored) : null;
        }
    }

    /// <summary>The store has it.</summary>
    public void MarkStored(RolloutStatus status)
    {
        lock (_lock)
        {
            MarkStored_NeedsLock(status);
        }
    }

    /// <summary>Gives what was lowered here the revision behind a commit of another replica that had not been heard of then.</summary>
    /// <param name="revision">The commit's.</param>
    public void MoveBehind(long generation, long revision)
    {
        lock (_lock)
        {
            if (_status.Generation == generation && _status.Revision <= revision)
            {
                _status = _status with { Revision = revision + 1 };
                Board?.Changes.Beat();
            }
        }
    }

    /// <summary>It was deleted: the store is told nothing more of it.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _stored = null;
        }
    }

    private void MarkStored_NeedsLock(RolloutStatus status)
    {
        if (_stored is { } stored && !StatusOrder.Dominates(stored, status))
        {
            _stored = status;
        }
    }
}
