namespace Snapback.Control.Rollouts;

/// <summary>One request's place in the latency evidence.</summary>
public sealed class LatencyTicket
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

    internal Pick Pick { get; private set; }

    internal TimeSpan Dispatched { get; private set; }

    internal bool IsResolved => Volatile.Read(ref _state) != Pending;
    internal bool IsGood => Volatile.Read(ref _state) == Good;
    internal bool IsSlow => Volatile.Read(ref _state) == Slow;

    /// <summary>Before anybody else can see it, or after everybody else has done with it.</summary>
    internal void Begin(Pick pick, TimeSpan now)
    {
        (Pick, Dispatched) = (pick, now);
        (_held, _handedOver) = (0, 0);
        Volatile.Write(ref _state, Pending);
    }

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
