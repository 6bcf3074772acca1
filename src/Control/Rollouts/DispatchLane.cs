namespace Snapback.Control.Rollouts;

/// <summary>
/// Tickets in the order of dispatch. Whoever shares a lane dispatches under its lock; one at a time removes, without it. A ticket that its
/// request has resolved as good is used again: that was the last that the request did with it.
/// </summary>
internal sealed class DispatchLane
{
    private const int FirstSize = 16;

    private readonly Lock _dispatching = new();
    private Ring _last;
    private Ring _first;

    public DispatchLane() => _first = _last = new Ring(FirstSize);

    /// <summary>Null where there is none. For the one who removes.</summary>
    public LatencyTicket? Oldest
    {
        get
        {
            while (true)
            {
                // In this order: a ring with a next one gets no more tickets.
                var next = _first.Next;
                if (_first.Oldest is { } ticket)
                {
                    return ticket;
                }

                if (next is null)
                {
                    return null;
                }

                _first = next;
            }
        }
    }

    public LatencyTicket Dispatch(Pick pick, TimeSpan now)
    {
        lock (_dispatching)
        {
            if (_last.IsFull)
            {
                _last = _last.Next = new Ring(2 * _last.Size);
            }

            return _last.Add(pick, now);
        }
    }

    /// <summary>The oldest.</summary>
    public void Remove() => _first.Remove();

    private sealed class Ring(int size)
    {
        private readonly LatencyTicket?[] _slots = new LatencyTicket?[size];
        private volatile Ring? _next;
        private long _added;
        private long _removed;

        public int Size => size;

        public Ring? Next
        {
            get => _next;
            set => _next = value;
        }

        public bool IsFull => _added - Volatile.Read(ref _removed) == size;

        public LatencyTicket? Oldest => _removed == Volatile.Read(ref _added) ? null : Slot(_removed);

        public LatencyTicket Add(Pick pick, TimeSpan now)
        {
            var ticket = Slot(_added) ??= new LatencyTicket();
            ticket.Begin(pick, now);
            Volatile.Write(ref _added, _added + 1);
            return ticket;
        }

        public void Remove()
        {
            ref var slot = ref Slot(_removed);
            if (!slot!.IsGood)
            {
                // Its request may still look at it.
                slot = null;
            }

            Volatile.Write(ref _removed, _removed + 1);
        }

        private ref LatencyTicket? Slot(long number) => ref _slots[number & (size - 1)];
    }
}
