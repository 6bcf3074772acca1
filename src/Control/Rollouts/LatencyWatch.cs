using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// Latency evidence in dispatch order. A request is good or slow at the latest when the limit has passed since it was sent,
/// answered or not: a canary that never answers gives evidence at the limit, not at a time-out, and the slow ones of a burst
/// do not arrive bunched behind the fast ones. No timer per request: whoever finds itself slow, and one tick for all, drain.
/// </summary>
/// <param name="stalls">What of the time was this process's own.</param>
/// <param name="beside">The other arm's, if what it knows by then is to be counted before each slow one here.</param>
/// <param name="warmUp">The first so many picks of a canary are not judged; a hung one among them makes room all the same.</param>
internal sealed class LatencyWatch(
    Judge judge,
    Arm arm,
    TimeSpan limit,
    ArmStats stats,
    AdmissionWindow admission,
    StallWatch stalls,
    LatencyWatch? beside = null,
    int warmUp = 0)
{
    /// <summary>Of the limit: what a client may take to read an answer before that answer is no measure of the arm.</summary>
    private const double HeldShare = 0.1;

    private readonly DispatchLane?[] _lanes = new DispatchLane?[Lane.Count];
    private readonly Lock _draining = new();

    public TimeSpan Limit => limit;

    /// <summary>No request waits to be judged.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_draining)
            {
                return Array.TrueForAll(_lanes, static lane => lane is null or { IsEmpty: true });
            }
        }
    }

    public LatencyTicket Dispatch(Pick pick, TimeSpan now) => LaneOf(ref _lanes[Lane.Own]).Dispatch(pick, now, IsCold(pick));

    /// <returns>The judge's word on the last slow one that moved it.</returns>
    public Ruling Drain(TimeSpan now) => Drain(now, TimeSpan.MaxValue);

    /// <param name="until">What was sent later waits.</param>
    private Ruling Drain(TimeSpan now, TimeSpan until)
    {
        lock (_draining)
        {
            return Drain_NeedsLock(now, until);
        }
    }

    private Ruling Drain_NeedsLock(TimeSpan now, TimeSpan until)
    {
        var ruling = default(Ruling);
        var good = 0;
        while (true)
        {
            // Nearly all are good, and between two that are not their order is nobody's concern: they are taken in one go, lane by lane.
            var first = FirstInDoubt_NeedsLock(out var at);
            foreach (var lane in _lanes)
            {
                good += lane?.TakeGood(lane == first ? TimeSpan.MaxValue : at) ?? 0;
            }

            if (first is null || at > until)
            {
                break;
            }

            if (!first.HasDoubt)
            {
                continue;
            }

            if (first.Oldest.IsPending && !HasExpired(first, now))
            {
                break;
            }

            var word = first.Oldest;
            if (word.IsGood)
            {
                // Since it was looked at.
                continue;
            }

            if (word.IsSlow)
            {
                Fast(good);
                good = 0;
                // A hang of both that is found in one go would else be the canary's: stable's part of it would lie before the stretch.
                beside?.Drain(now, until: at);
                stats.CountSlow();
                ruling = Slow(first.OldestTicket.Pick, now) is { Cause: not Cause.None } fired ? fired : ruling;
            }

            first.Remove();
        }

        Fast(good);
        return ruling;
    }

    /// <summary>Among those that wait, the lane of the request that was sent first and is not known to be good.</summary>
    private DispatchLane? FirstInDoubt_NeedsLock(out TimeSpan at)
    {
        var first = (DispatchLane?)null;
        at = TimeSpan.MaxValue;
        foreach (var lane in _lanes)
        {
            if (lane?.FirstInDoubt is { } dispatched && dispatched < at)
            {
                (first, at) = (lane, dispatched);
            }
        }

        return first;
    }

    private static DispatchLane LaneOf(ref DispatchLane? lane) =>
        Volatile.Read(ref lane) ?? Interlocked.CompareExchange(ref lane, new DispatchLane(), null) ?? lane!;

    private void Fast(int count)
    {
        if (count == 0)
        {
            return;
        }

        if (arm == Arm.Canary)
        {
            judge.CanaryFast(count);
        }
        else
        {
            judge.StableFast(count);
        }
    }

    private Ruling Slow(Pick pick, TimeSpan now)
    {
        if (arm == Arm.Stable)
        {
            judge.StableSlow(now, pick.Share, pick.ByCoin);
            return default;
        }

        admission.Widen();
        return IsCold(pick) ? default : judge.CanarySlow(now, pick.Share, pick.ByCoin);
    }

    private bool IsCold(Pick pick) => arm == Arm.Canary && pick.Sequence <= warmUp;

    private bool HasExpired(DispatchLane lane, TimeSpan now)
    {
        if (now - lane.OldestDispatched < limit)
        {
            return false;
        }

        var ticket = lane.OldestTicket;
        var held = ticket.Held(now);
        if (held >= limit * HeldShare)
        {
            // Nobody can say what would have been without the client's own slowness.
            ticket.Exclude();
            return true;
        }

        if (now - lane.OldestDispatched - held - stalls.Between(lane.OldestDispatched, now) < limit)
        {
            // Its answer may be there, and nobody has read it yet.
            return false;
        }

        ticket.Expire();
        return true;
    }
}
