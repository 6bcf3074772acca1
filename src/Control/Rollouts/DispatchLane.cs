namespace Snapback.Control.Rollouts;

/// <summary>
/// Tickets in the order of dispatch. Whoever shares a lane dispatches under its lock; one at a time removes, without it. A ticket that its
/// request has resolved as good is used again: that was the last that the request did with it.
/// </summary>
internal sealed class DispatchLane
{
    private const int FirstSize = 16;

    private readonly Lock _dispatching = new();
    private TicketRing _last;
    private TicketRing _first;

    public DispatchLane() => _first = _last = new TicketRing(FirstSize);

    /// <summary>For the one who removes, as what follows.</summary>
    public bool IsEmpty
    {
        get
        {
            while (true)
            {
                // In this order: a ring with a next one gets no more tickets.
                var next = _first.Next;
                if (!_first.IsEmpty || next is null)
                {
                    return _first.IsEmpty;
                }

                _first = next;
            }
        }
    }

    /// <summary>When the first ticket was dispatched that is not known to be good; <see cref="TimeSpan.MaxValue"/> if there is none.</summary>
    public TimeSpan FirstInDoubt
    {
        get
        {
            while (true)
            {
                var next = _first.Next;
                if (_first.FirstInDoubt is { } dispatched)
                {
                    return dispatched;
                }

                if (next is null)
                {
                    return TimeSpan.MaxValue;
                }

                if (!_first.IsEmpty)
                {
                    return next.OldestDispatched;
                }

                _first = next;
            }
        }
    }

    /// <summary>The oldest ticket is the one in doubt: all before it were removed.</summary>
    public bool HasDoubt => _first.HasDoubt;

    public TicketWord Oldest => _first.Oldest;

    public TimeSpan OldestDispatched => _first.OldestDispatched;

    /// <summary>Costs a cache miss, since the core that serves its request writes to it; <see cref="Oldest"/> does not.</summary>
    public LatencyTicket OldestTicket => _first.OldestTicket;

    /// <summary>Removes the good ones before the one in doubt.</summary>
    /// <param name="until">Those that were sent later stay.</param>
    /// <returns>How many of them count.</returns>
    public int TakeGood(TimeSpan until) => _first.TakeGood(until);

    public LatencyTicket Dispatch(Pick pick, TimeSpan now, bool isCold)
    {
        lock (_dispatching)
        {
            if (_last.IsFull)
            {
                _last = _last.Next = new TicketRing(2 * _last.Size);
            }

            return _last.Add(pick, now, isCold);
        }
    }

    /// <summary>The oldest, which was in doubt.</summary>
    public void Remove() => _first.Remove();
}
