namespace Snapback.Control.Analysis;

/// <summary>
/// Decides after every bad response whether one arm breaks one budget. Valid whatever the order and the pace of the
/// responses and however often it is looked at: it only assumes that a healthy arm's next response is bad with
/// probability p0 or less, whatever came before. Sources: Shin, Ramdas &amp; Rinaldo 2022 for the rule; Lorden 1971 and
/// Moustakides 1986 for the limit it runs close to. Thread-safe; no call allocates, but a few of the first 64 failures.
/// </summary>
public sealed partial class Detector
{
    private readonly Lock _lock = new();
    private readonly DetectorSettings _settings;
    private readonly Grid _grid;
    private readonly RestartingEvidence _evidence;
    private readonly Recent<Failure> _recent = new();

    // Only ever added to, so that a good response is one interlocked add and never waits for a bad one's arithmetic.
    private readonly LaneCounter _good = new();

    private long _goodJudged;
    private long _failures;
    private long _failuresInStep;
    private bool _sufficed;
    private double _judged;
    private bool _leanedBefore;

    /// <exception cref="ArgumentOutOfRangeException">A setting outside its range.</exception>
    public Detector(DetectorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings.Checked();
        _grid = Grid.For(settings.Budget);
        _evidence = new RestartingEvidence(_grid, settings.StartMass, settings.Restart);
    }

    /// <summary>
    /// M: how many times likelier the responses are under "too many bad ones" than at the budget. Fires at 1/α. Finite, not
    /// negative; between two bad responses it falls towards what the restarts alone add up to.
    /// </summary>
    public double Level
    {
        get
        {
            lock (_lock)
            {
                return Level_NeedsLock();
            }
        }
    }

    /// <summary>
    /// M as it was last judged, which is what decided: the good responses that came since, or that a fleet told late, have lowered
    /// <see cref="Level"/>. 0 before the first bad response.
    /// </summary>
    internal double Judged
    {
        get
        {
            lock (_lock)
            {
                return _judged;
            }
        }
    }

    /// <summary>How far the evidence is on its way to firing, on a log scale: 0 is none, 1 is enough. In [0, 1].</summary>
    public double Meter => Math.Clamp(Math.Log(Level) / -Math.Log(_settings.Alpha), 0, 1);

    /// <summary>
    /// The evidence is above 1 by failures. What a step starts with is above 1 too, and is none: of the failures of earlier steps only those speak that did so
    /// when the step began.
    /// </summary>
    public bool Leans
    {
        get
        {
            lock (_lock)
            {
                return Leans_NeedsLock();
            }
        }
    }

    /// <summary>Whether the evidence sufficed when it was last judged, and still does after the good responses since.</summary>
    public bool Alarms
    {
        get
        {
            lock (_lock)
            {
                return _sufficed && Suffices_NeedsLock(Level_NeedsLock());
            }
        }
    }

    /// <summary>All responses so far.</summary>
    public long Responses
    {
        get
        {
            lock (_lock)
            {
                return _good.Value + _goodElsewhere + _failures;
            }
        }
    }

    /// <summary>The bad ones among them.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>How many detectors decide by themselves on parts of the same responses.</summary>
    internal int Replicas
    {
        get;
        set
        {
            lock (_lock)
            {
                _eased |= value < field;
                field = value;
            }
        }
    } = 1;

    /// <summary>Counts good responses; they can wait to be judged, since no good response fires.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public void Good(int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _good.Add(count);
    }

    /// <summary>Judges one bad response. True says: roll back. It stays true while nobody does and failures go on.</summary>
    /// <param name="now">Monotonic; kept for <see cref="Explain"/>, and no part of the decision.</param>
    public bool Bad(TimeSpan now)
    {
        lock (_lock)
        {
            var good = TakeGood_NeedsLock();
            Count_NeedsLock(now);
            return Judge_NeedsLock(_pooled is null ? _evidence.Bad(good) : BadHere_NeedsLock(good, now));
        }
    }

    /// <summary>
    /// The arm's weight goes up: it may break under load it never had, so evidence is added as at the start, and the
    /// minimum of failures counts anew.
    /// </summary>
    public void RaiseLoad()
    {
        lock (_lock)
        {
            _leanedBefore = Leans_NeedsLock();
            var good = TakeGood_NeedsLock();
            if (_pooled is { } pooled)
            {
                pooled.Add(good, _settings.StartMass);
            }
            else
            {
                _evidence.Add(good, _settings.StartMass);
            }

            _failuresInStep = 0;
        }
    }

    /// <summary>
    /// The stretch, up to the newest bad response, that best explains the evidence; the last 64 bad ones are searched. All
    /// zero before the first.
    /// </summary>
    public Stretch Explain()
    {
        Span<Failure> failures = stackalloc Failure[Recent<Failure>.Capacity];
        int count;
        lock (_lock)
        {
            count = _recent.CopyTo(failures);
        }

        return Stretch.MostTelling(_grid, failures[..count], _settings.MinFailures, Enough);
    }

    /// <summary>
    /// The evidence says "bad from the first response on" rather than "bad since that stretch began", each weighed as the detector weighs it.
    /// Unlike the stretch, the first response was not chosen by looking at the failures.
    /// </summary>
    internal bool IsFromStart(Stretch stretch) =>
        Evidence.LogFromCounts(_grid, Responses, Failures) + Math.Log(_settings.StartMass / _settings.Restart)
            >= Evidence.LogFromCounts(_grid, stretch.Responses, stretch.Failures);

    // ln E of a stretch that explains an alarm by itself. M sums over all starting points: the step's start weighs w0, and the restarts as much
    // together after some 2,600 responses. When M reaches 1/α within these, the likeliest of them has E ≥ 1/(2·α·w0).
    private double Enough => -Math.Log(2 * _settings.Alpha * _settings.StartMass);

    private bool Judge_NeedsLock(double level)
    {
        _judged = level;
        return _sufficed = Suffices_NeedsLock(level);
    }

    private bool Suffices_NeedsLock(double level) => level >= Replicas / _settings.Alpha && _failuresInStep >= _settings.MinFailures;

    private bool Leans_NeedsLock() => (_failuresInStep > 0 || _leanedBefore) && Level_NeedsLock() >= 1;

    private double Level_NeedsLock()
    {
        var good = _good.Value - _goodJudged;
        return _pooled is { } pooled ? pooled.LevelAfter(good) : _evidence.LevelAfter(good);
    }

    private void Count_NeedsLock(TimeSpan at)
    {
        Volatile.Write(ref _failures, _failures + 1);
        _failuresInStep++;
        _recent.Add(new Failure(_goodJudged + _goodElsewhere + _failures, at));
    }

    private long TakeGood_NeedsLock()
    {
        var all = _good.Value;
        var unjudged = all - _goodJudged;
        _goodJudged = all;
        return unjudged;
    }
}
