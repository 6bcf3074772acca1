using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// Tickets of a <see cref="DispatchLane"/> in a ring of a fixed size. Their words stand side by side: who removes reads eight good ones with one
/// cache line, and not their requests' own lines, which another core has just written and will write again.
/// </summary>
/// <param name="size">A power of 2.</param>
internal sealed class TicketRing(int size)
{
    // The counters of those who dispatch and of the one who removes stand on cache lines of their own. Each side keeps a copy of the other's
    // counter and reads the real one only when the copy says "full" or "empty".
    private const int Added = Lane.Distance;
    private const int FullAt = Added + 1;
    private const int Removed = 2 * Lane.Distance;
    private const int Seen = Removed + 1;

    /// <summary>All tickets before this number are good.</summary>
    private const int Good = Removed + 2;

    private readonly long[] _counts = NewCounts(size);
    private readonly long[] _words = new long[size];
    private readonly long[] _dispatched = new long[size];
    private readonly LatencyTicket?[] _tickets = new LatencyTicket?[size];
    private volatile TicketRing? _next;

    public int Size => size;

    public TicketRing? Next
    {
        get => _next;
        set => _next = value;
    }

    /// <summary>For those who dispatch.</summary>
    public bool IsFull => _counts[Added] == _counts[FullAt] && _counts[Added] == (_counts[FullAt] = Volatile.Read(ref _counts[Removed]) + size);

    public bool IsEmpty => _counts[Removed] == _counts[Seen] && _counts[Removed] == (_counts[Seen] = Volatile.Read(ref _counts[Added]));

    public TimeSpan? FirstInDoubt
    {
        get
        {
            var good = _counts[Good];
            var seen = _counts[Seen];
            for (; ; good++)
            {
                if (good == seen && good == (seen = _counts[Seen] = Volatile.Read(ref _counts[Added])))
                {
                    _counts[Good] = good;
                    return null;
                }

                if (!new TicketWord(Volatile.Read(ref _words[PlaceOf(good)])).IsGood)
                {
                    _counts[Good] = good;
                    return new TimeSpan(_dispatched[PlaceOf(good)]);
                }
            }
        }
    }

    public bool HasDoubt => _counts[Removed] == _counts[Good] && !IsEmpty;

    public TicketWord Oldest => new(Volatile.Read(ref _words[PlaceOf(_counts[Removed])]));

    public TimeSpan OldestDispatched => new(_dispatched[PlaceOf(_counts[Removed])]);

    public LatencyTicket OldestTicket => _tickets[PlaceOf(_counts[Removed])]!;

    public int TakeGood(TimeSpan until)
    {
        var (number, count) = (_counts[Removed], 0);
        for (; number < _counts[Good] && _dispatched[PlaceOf(number)] <= until.Ticks; number++)
        {
            count += new TicketWord(_words[PlaceOf(number)]).IsCold ? 0 : 1;
        }

        // Only now: a good one may be another request's in the next moment.
        Volatile.Write(ref _counts[Removed], number);
        return count;
    }

    public LatencyTicket Add(Pick pick, TimeSpan now, bool isCold)
    {
        var number = _counts[Added];
        var place = PlaceOf(number);
        var ticket = _tickets[place] ??= new LatencyTicket(_words, place);
        ticket.Begin(pick, now, TicketWord.Pending(number, isCold));
        _dispatched[place] = now.Ticks;
        Volatile.Write(ref _counts[Added], number + 1);
        return ticket;
    }

    public void Remove()
    {
        var number = _counts[Removed];
        // Its request may still look at it.
        _tickets[PlaceOf(number)] = null;
        _counts[Good] = number + 1;
        Volatile.Write(ref _counts[Removed], number + 1);
    }

    private static long[] NewCounts(int size)
    {
        var counts = new long[3 * Lane.Distance];
        counts[FullAt] = size;
        return counts;
    }

    private int PlaceOf(long number) => (int)(number & (size - 1));
}
