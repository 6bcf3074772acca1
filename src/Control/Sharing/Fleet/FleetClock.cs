namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// Redis' clock as this replica knows it: the one clock that deadlines, leases and spread are told by. Between two answers it is
/// carried on by our monotonic clock; nobody's wall clock counts.
/// </summary>
internal sealed class FleetClock(TimeProvider time)
{
    /// <summary>No message is on its way for longer; another server's clock may say anything.</summary>
    private static readonly TimeSpan Oldest = TimeSpan.FromSeconds(1);

    private volatile Reading? _last;

    /// <param name="serverMicros">The server's time in an answer.</param>
    /// <param name="asked">When the question was sent; the answer's age is known to half of the way.</param>
    public void Learn(long serverMicros, TimeSpan asked)
    {
        var now = time.GetElapsedTime(0);
        _last = new Reading(serverMicros, asked + (now - asked) / 2);
    }

    /// <exception cref="StoreUnavailableException">Redis has not answered yet.</exception>
    public long ServerMicros(TimeSpan at) =>
        TryMicros(at) ?? throw new StoreUnavailableException("Redis has not answered yet.", new TimeoutException());

    /// <summary>Null before the first answer.</summary>
    public long? TryMicros(TimeSpan at) => _last is { } last ? last.ServerMicros + (long)(at - last.At).TotalMicroseconds : null;

    /// <summary>How long ago something was by the server's clock. None if that is not known, or says what cannot be.</summary>
    public TimeSpan Age(long? serverMicros, TimeSpan now)
    {
        var micros = TryMicros(now) - serverMicros ?? 0;
        return micros > 0 && micros < Oldest.TotalMicroseconds ? TimeSpan.FromMicroseconds(micros) : TimeSpan.Zero;
    }

    private sealed record Reading(long ServerMicros, TimeSpan At);
}
