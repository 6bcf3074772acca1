namespace Snapback.Control.Analysis;

/// <summary>
/// What a fleet adds: the same rule on what all replicas saw. Whoever has a failure decides at once, with an estimate of what the others
/// have not told yet; whoever hears of one does so if the estimate is clear, or when all have told up to it and it is none any more.
/// </summary>
public sealed partial class Detector
{
    // Null while nobody else is known.
    private PooledEvidence? _pooled;

    private long _goodElsewhere;

    // The threshold is lower than when the evidence was last judged: fewer replicas decide by themselves.
    private bool _eased;

    /// <param name="peers">Other replicas, whether or not they have reported.</param>
    /// <param name="began">When the counting did, on the clock of <see cref="Bad"/>.</param>
    internal void Pool(int peers, TimeSpan began)
    {
        lock (_lock)
        {
            if (peers > 0 || _pooled is not null)
            {
                (_pooled ??= new PooledEvidence(_evidence, began)).Hearing.Peers = peers;
            }
        }
    }

    /// <summary>Up to when a replica has told.</summary>
    internal TimeSpan ToldUntil(int replica)
    {
        lock (_lock)
        {
            return _pooled!.Hearing[replica].Until;
        }
    }

    /// <summary>Another replica's good responses since it told last, and whether a failure ended them.</summary>
    internal void Told(int replica, long good, TimeSpan until, bool failed)
    {
        lock (_lock)
        {
            _goodElsewhere += good;
            var other = _pooled!.Hearing[replica];
            _pooled.Good(other, good, until);
            if (failed)
            {
                Count_NeedsLock(until);
                _pooled.Bad(other);
            }
        }
    }

    /// <summary>All of a report has been told.</summary>
    /// <returns>Whether the evidence suffices, where it is complete only now; null where it changes nothing.</returns>
    internal bool? ToldAll(int replica, TimeSpan now)
    {
        lock (_lock)
        {
            var pooled = _pooled!;
            pooled.Hearing[replica].Measure();
            pooled.Good(pooled.Hearing.Own, TakeGood_NeedsLock(), now);
            var eased = _eased;
            _eased = false;
            if (pooled.IsSettled)
            {
                // What did not suffice for a replica by itself may do so now, and there may be no further failure to find out.
                return eased && Level_NeedsLock() is var level && Suffices_NeedsLock(level) ? Judge_NeedsLock(level) : null;
            }

            // All of them estimate the same failures: at α/n each, no more of them are wrong than if one did.
            var estimate = pooled.Level / (pooled.Hearing.Peers + 1);
            var most = Math.Max(estimate, pooled.Settle());
            return pooled.IsSettled || Suffices_NeedsLock(most) ? Judge_NeedsLock(most) : null;
        }
    }

    private double BadHere_NeedsLock(long good, TimeSpan now)
    {
        var pooled = _pooled!;
        pooled.Good(pooled.Hearing.Own, good, now);
        pooled.Settle();
        pooled.Bad(pooled.Hearing.Own);
        return pooled.Level;
    }
}
