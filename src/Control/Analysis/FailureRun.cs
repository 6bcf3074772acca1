namespace Snapback.Control.Analysis;

/// <summary>The canary's failures without a good response between them. Not thread-safe.</summary>
internal sealed class FailureRun
{
    private long _good = -1;
    private long _length;
    private TimeSpan _beganAt;

    /// <summary>The newest run that was long enough: what another replica reports of it may go on with a good response.</summary>
    public Stretch Enough { get; private set; }

    /// <summary>Failures after the end of <see cref="Enough"/>.</summary>
    public long SinceEnough { get; private set; }

    /// <summary>The length now, given all good responses so far.</summary>
    public long LengthAfter(long good) => good == _good ? _length : 0;

    /// <param name="good">All good responses so far: any new one has ended the run.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="enough">Failures that are enough; null where no run is long enough.</param>
    /// <returns>Whether it is long enough.</returns>
    public bool Add(long good, TimeSpan now, int? enough)
    {
        (_length, _beganAt) = good == _good ? (_length + 1, _beganAt) : (1, now);
        _good = good;
        var isEnough = _length >= enough;
        (Enough, SinceEnough) = isEnough ? (new Stretch(_length, _length, _beganAt), 0) : (Enough, SinceEnough + 1);
        return isEnough;
    }
}
