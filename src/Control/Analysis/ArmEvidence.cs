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
