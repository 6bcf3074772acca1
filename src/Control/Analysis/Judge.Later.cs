namespace Snapback.Control.Analysis;

/// <summary>What becomes of a ruling without another response of the canary's: stable's own, and time.</summary>
public sealed partial class Judge
{
    /// <summary>Begins to watch whether stable follows after a provisional ruling.</summary>
    public Doubt Doubt(Ruling ruling, TimeSpan now)
    {
        var measure = ruling.Cause == Cause.Latency ? _latency : _errors;
        lock (_lock)
        {
            var (responses, failures) = (measure.Stable.Responses, measure.Stable.Failures);
            return new Doubt(
                () =>
                {
                    lock (_lock)
                    {
                        return measure.Stable.Alarms
                            ? new StableCounts(measure.Stable.Responses - responses, measure.Stable.Failures - failures)
                            : null;
                    }
                },
                ruling.Stretch, now, _settings.SharedGrace);
        }
    }

    /// <summary>A grace may be running.</summary>
    internal bool Alarmed => _errors.Alarmed || _latency.Alarmed;

    /// <summary>What stands without a new response: a grace runs out by itself. For a timer; cheap while all is quiet.</summary>
    public Ruling Tick(TimeSpan now)
    {
        if (!Alarmed)
        {
            return default;
        }

        lock (_lock)
        {
            _errors.Refresh();
            _latency.Refresh();
            var ruling = _errors.Alarmed ? Rule_NeedsLock(now, _errors, Cause.None) : default;
            return ruling.EndsCanary || !_latency.Alarmed ? ruling : Rule_NeedsLock(now, _latency, Cause.None);
        }
    }

    /// <summary>What a ruling is by now that nobody has acted on yet: blame for want of another suspect ends where stable failed too.</summary>
    public Ruling Confirmed(Ruling ruling, TimeSpan now)
    {
        if (!ruling.Provisional)
        {
            return ruling;
        }

        var measure = ruling.Cause == Cause.Latency ? _latency : _errors;
        lock (_lock)
        {
            return measure.Alarmed && !measure.StableUnharmed ? Rule_NeedsLock(now, measure, Cause.None) : ruling;
        }
    }
}
