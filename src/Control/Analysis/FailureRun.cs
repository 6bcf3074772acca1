namespace Snapback.Control.Analysis;

/// <summary>The canary's failures without a good response between them. Not thread-safe.</summary>
internal sealed class FailureRun
{
    private long _good = -1;

    public long Length { get; private set; }

    public TimeSpan BeganAt { get; private set; }

    /// <summary>The length now, given all good responses so far.</summary>
    public long LengthAfter(long good) => good == _good ? Length : 0;

    /// <param name="good">All good responses so far: any new one has ended the run.</param>
    /// <param name="now">Monotonic.</param>
    public void Add(long good, TimeSpan now)
    {
        (Length, BeganAt) = good == _good ? (Length + 1, BeganAt) : (1, now);
        _good = good;
    }
}
