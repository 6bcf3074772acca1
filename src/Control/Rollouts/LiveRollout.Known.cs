namespace Snapback.Control.Rollouts;

/// <summary>What the store is known to have of it, moved in the same instant as the status itself, so that only what it lacks is told.</summary>
public sealed partial class LiveRollout
{
    private RolloutStatus? _known;

    /// <summary>What holds here and was not told yet, and what the store has; null if it has all of it.</summary>
    public (RolloutStatus Status, RolloutStatus Known)? Untold(TimeSpan now)
    {
        lock (_lock)
        {
            return _known is { } known && Snapshot(now).Status is var status && status != known ? (status, known) : null;
        }
    }

    /// <summary>The store has it.</summary>
    public void Told(RolloutStatus status)
    {
        lock (_lock)
        {
            Know_NeedsLock(status);
        }
    }

    /// <summary>What was lowered here comes behind a commit of another replica that was not heard of then.</summary>
    public void Follow(long generation, long revision)
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
            _known = null;
        }
    }

    private void Know_NeedsLock(RolloutStatus status)
    {
        if (_known is { } known && !StatusOrder.Dominates(known, status))
        {
            _known = status;
        }
    }
}
