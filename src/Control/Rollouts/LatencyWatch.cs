using System.Collections.Concurrent;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// Latency evidence in dispatch order. A request is good or slow at the latest when the limit has passed since it was sent,
/// answered or not: a canary that never answers gives evidence at the limit, not at a time-out, and the slow ones of a burst
/// do not arrive bunched behind the fast ones. No timer per request: whoever finds itself slow, and one tick for all, drain.
/// </summary>
/// <param name="warmUp">The first so many picks of a canary are not judged; a hung one among them makes room all the same.</param>
internal sealed class LatencyWatch(Judge judge, Arm arm, TimeSpan limit, ArmStats stats, AdmissionWindow admission, int warmUp = 0)
{
    /// <summary>Of the limit: what a client may take to read an answer before that answer is no measure of the arm.</summary>
    private const double HeldShare = 0.1;

    private readonly ConcurrentQueue<LatencyTicket> _dispatched = new();
    private readonly Lock _draining = new();

    public TimeSpan Limit => limit;

    public LatencyTicket Dispatch(Pick pick, TimeSpan now)
    {
        var ticket = new LatencyTicket(pick, now);
        _dispatched.Enqueue(ticket);
        return ticket;
    }

    /// <returns>The judge's word on the last slow one that moved it.</returns>
    public Ruling Drain(TimeSpan now)
    {
        if (!_dispatched.TryPeek(out var oldest) || (!oldest.IsResolved && now - oldest.Dispatched < limit))
        {
            return default;
        }

        lock (_draining)
        {
            return Drain_NeedsLock(now);
        }
    }

    private Ruling Drain_NeedsLock(TimeSpan now)
    {
        var ruling = default(Ruling);
        var good = 0;
        while (_dispatched.TryPeek(out var ticket) && (ticket.IsResolved || HasExpired(ticket, now)))
        {
            _dispatched.TryDequeue(out _);
            if (ticket.IsGood)
            {
                good += IsCold(ticket.Pick) ? 0 : 1;
            }
            else if (ticket.IsSlow)
            {
                Fast(good);
                good = 0;
                stats.CountSlow();
                ruling = Slow(ticket.Pick, now) is { Cause: not Cause.None } fired ? fired : ruling;
            }
        }

        Fast(good);
        return ruling;
    }

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

    private bool HasExpired(LatencyTicket ticket, TimeSpan now)
    {
        if (now - ticket.Dispatched < limit)
        {
            return false;
        }

        var held = ticket.Held(now);
        if (held >= limit * HeldShare)
        {
            // Nobody can say what would have been without the client's own slowness.
            ticket.Exclude();
            return true;
        }

        if (now - ticket.Dispatched - held < limit)
        {
            return false;
        }

        ticket.Expire();
        return true;
    }
}

/// <summary>One request's place in the latency evidence.</summary>
public sealed class LatencyTicket(Pick pick, TimeSpan dispatched)
{
    private const int Pending = 0;
    private const int Good = 1;
    private const int Slow = 2;
    private const int Excluded = 3;

    private int _state;
    private long _held;
    private long _handedOver;

    /// <summary>Bytes of the answer went to the client: until <see cref="TakeBack"/> it is the client that is waited for.</summary>
    public void HandOver(TimeSpan now) => Volatile.Write(ref _handedOver, now.Ticks);

    /// <param name="held">The client's time so far, in all.</param>
    public void TakeBack(TimeSpan held)
    {
        Volatile.Write(ref _held, held.Ticks);
        Volatile.Write(ref _handedOver, 0);
    }

    internal Pick Pick => pick;

    internal TimeSpan Dispatched => dispatched;

    internal bool IsResolved => Volatile.Read(ref _state) != Pending;
    internal bool IsGood => Volatile.Read(ref _state) == Good;
    internal bool IsSlow => Volatile.Read(ref _state) == Slow;

    /// <summary>The client's time until now.</summary>
    internal TimeSpan Held(TimeSpan now)
    {
        var since = Volatile.Read(ref _handedOver);
        return new TimeSpan(Volatile.Read(ref _held) + (since == 0 ? 0 : now.Ticks - since));
    }

    /// <summary>The limit passed; a request that was resolved in the same instant keeps its answer.</summary>
    internal void Expire() => Interlocked.CompareExchange(ref _state, Slow, Pending);

    internal void ResolveGood() => Interlocked.CompareExchange(ref _state, Good, Pending);

    /// <summary>The request says nothing about latency: the client left before the limit, or the answer was a failure.</summary>
    internal void Exclude() => Interlocked.CompareExchange(ref _state, Excluded, Pending);
}
