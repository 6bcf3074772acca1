namespace Snapback.Control.Analysis;

/// <summary>One arm by one measure: its counts, and its evidence where the measure has a budget.</summary>
internal sealed class ArmEvidence(DetectorSettings? settings)
{
    private long _good;
    private long _bad;

    public Detector? Detector { get; } = settings is null ? null : new Detector(settings);

    public long Responses => Detector?.Responses ?? Volatile.Read(ref _good) + Volatile.Read(ref _bad);

    public long Failures => Detector?.Failures ?? Volatile.Read(ref _bad);

    public bool Alarms => Detector is { Alarms: true };

    public void Good(int count)
    {
        if (Detector is { } detector)
        {
            detector.Good(count);
        }
        else
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
            Interlocked.Add(ref _good, count);
        }
    }

    /// <summary>Another replica's responses until then, and whether a failure ends them.</summary>
    public void Told(int replica, long good, TimeSpan until, bool failed)
    {
        if (Detector is { } detector)
        {
            detector.Told(replica, good, until, failed);
        }
        else
        {
            Interlocked.Add(ref _good, good);
            Interlocked.Add(ref _bad, failed ? 1 : 0);
        }
    }

    public bool Bad(TimeSpan now)
    {
        if (Detector is { } detector)
        {
            return detector.Bad(now);
        }

        Interlocked.Increment(ref _bad);
        return false;
    }
}
