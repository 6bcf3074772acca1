using System.Collections.Concurrent;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// Latency evidence in dispatch order. A request is good or slow at the latest when the limit has passed since it was sent,
/// answered or not: a canary that never answers gives evidence at the limit, not at a time-out, and the slow ones of a burst
/// do not arrive bunched behind the fast ones. No timer per request: whoever finds itself slow, and one tick for all, drain.
/// </summary>
internal sealed class LatencyWatch(Detector detector, TimeSpan limit, ArmStats stats)
{
    private readonly ConcurrentQueue<LatencyTicket> _dispatched = new();
    private readonly Lock _draining = new();

    public TimeSpan Limit => limit;

    public LatencyTicket Dispatch(TimeSpan now)
    {
        var ticket = new LatencyTicket(now);
        _dispatched.Enqueue(ticket);
        return ticket;
    }

    /// <returns>True when the evidence reached its threshold.</returns>
    public bool Drain(TimeSpan now)
    {
        if (!_dispatched.TryPeek(out var oldest) || (!oldest.IsResolved && now - oldest.Dispatched < limit))
        {
            return false;
        }

        lock (_draining)
        {
            return Drain_NeedsLock(now);
        }
    }

    private bool Drain_NeedsLock(TimeSpan now)
    {
        var fired = false;
        var good = 0;
        while (_dispatched.TryPeek(out var ticket) && (ticket.IsResolved || HasExpired(ticket, now)))
        {
            _dispatched.TryDequeue(out _);
            if (ticket.IsGood)
            {
                good++;
            }
            else if (ticket.IsSlow)
            {
                if (good > 0)
                {
                    detector.Good(good);
                    good = 0;
                }

                stats.CountSlow();
                fired |= detector.Bad(now);
            }
        }

        if (good > 0)
        {
            detector.Good(good);
        }

        return fired;
    }

    private bool HasExpired(LatencyTicket ticket, TimeSpan now)
    {
        if (now - ticket.Dispatched < limit)
        {
            return false;
        }

        ticket.Expire();
        return true;
    }
}

/// <summary>One canary request's place in the latency evidence.</summary>
public sealed class LatencyTicket(TimeSpan dispatched)
{
    private const int Pending = 0;
    private const int Good = 1;
    private const int Slow = 2;
    private const int Excluded = 3;

    private int _state;

    internal TimeSpan Dispatched => dispatched;

    internal bool IsResolved => Volatile.Read(ref _state) != Pending;
    internal bool IsGood => Volatile.Read(ref _state) == Good;
    internal bool IsSlow => Volatile.Read(ref _state) == Slow;

    /// <summary>The limit passed; a request that was resolved in the same instant keeps its answer.</summary>
    internal void Expire() => Interlocked.CompareExchange(ref _state, Slow, Pending);

    internal void ResolveGood() => Interlocked.CompareExchange(ref _state, Good, Pending);

    /// <summary>The request says nothing about latency: the client left before the limit, or the answer was a failure.</summary>
    internal void Exclude() => Interlocked.CompareExchange(ref _state, Excluded, Pending);
}
