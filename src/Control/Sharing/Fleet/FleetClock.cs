namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// Redis' clock as this replica knows it: the one clock that deadlines, leases and spread are told by. Between two answers it is
/// carried on by our monotonic clock; nobody's wall clock counts.
/// </summary>
internal sealed class FleetClock(TimeProvider time)
{
    private volatile Reading? _last;

    /// <param name="serverMicros">The server's time in an answer.</param>
    /// <param name="asked">When the question was sent; the answer's age is known to half of the way.</param>
    public void Learn(long serverMicros, TimeSpan asked)
    {
        var now = time.GetElapsedTime(0);
        _last = new Reading(serverMicros, asked + (now - asked) / 2);
    }

    /// <exception cref="StoreUnavailableException">Redis has not answered yet.</exception>
    public long ServerMicros(TimeSpan at) => _last is { } last
        ? last.ServerMicros + (long)(at - last.At).TotalMicroseconds
        : throw new StoreUnavailableException("Redis has not answered yet.", new TimeoutException());

    private sealed record Reading(long ServerMicros, TimeSpan At);
}
