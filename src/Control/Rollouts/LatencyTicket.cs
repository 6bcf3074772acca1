namespace Snapback.Control.Rollouts;

/// <summary>One request's place in the latency evidence.</summary>
public sealed class LatencyTicket
{
    private readonly long[] _words;
    private readonly int _at;
    private TicketWord _pending;
    private long _held;
    private long _handedOver;

    /// <param name="words">Where its <see cref="TicketWord"/> stands.</param>
    internal LatencyTicket(long[] words, int at) => (_words, _at) = (words, at);

    /// <summary>Bytes of the answer went to the client: until <see cref="TakeBack"/> it is the client that is waited for.</summary>
    public void HandOver(TimeSpan now) => Volatile.Write(ref _handedOver, now.Ticks);

    /// <param name="held">The client's time so far, in all.</param>
    public void TakeBack(TimeSpan held)
    {
        Volatile.Write(ref _held, held.Ticks);
        Volatile.Write(ref _handedOver, 0);
    }

    internal Pick Pick { get; private set; }

    internal TimeSpan Dispatched { get; private set; }

    /// <summary>Before anybody else can see it, or after everybody else has done with it.</summary>
    internal void Begin(Pick pick, TimeSpan now, TicketWord pending)
    {
        (Pick, Dispatched, _pending) = (pick, now, pending);
        (_held, _handedOver) = (0, 0);
        _words[_at] = pending.Bits;
    }

    /// <summary>The client's time until now.</summary>
    internal TimeSpan Held(TimeSpan now)
    {
        var since = Volatile.Read(ref _handedOver);
        return new TimeSpan(Volatile.Read(ref _held) + (since == 0 ? 0 : now.Ticks - since));
    }

    /// <summary>The limit passed; a request that was resolved in the same instant keeps its answer.</summary>
    internal void Expire() => Resolve(TicketWord.Slow);

    internal void ResolveGood() => Resolve(TicketWord.Good);

    /// <summary>The request says nothing about latency: the client left before the limit, or the answer was a failure.</summary>
    internal void Exclude() => Resolve(TicketWord.Excluded);

    /// <summary>Once, and not if the word is another ticket's by now.</summary>
    private void Resolve(long state) => Interlocked.CompareExchange(ref _words[_at], _pending.Bits | state, _pending.Bits);
}
