namespace Snapback.Control.Analysis;

/// <summary>
/// Judges one generation by all its rules at once: the same object in production, in the drill and in the simulation.
/// Thread-safe. A good response is one interlocked add and allocates nothing; a bad one takes a lock for arithmetic only, and a few of the
/// first 64 allocate what remembers them. Weights are the coin's share for the canary when the request was assigned; requests
/// that the coin did not assign (header, overflow) count against the budgets, but not in comparisons with stable.
/// </summary>
public sealed partial class Judge
{
    /// <summary>
    /// Some 50 µs, after which whoever holds the lock has probably lost its core. None on a single core, where the holder cannot be running.
    /// </summary>
    private static readonly int MaxSpins = Environment.ProcessorCount > 1 ? 1_000 : 0;

    private readonly Lock _lock = new();
    private readonly JudgeSettings _settings;
    private readonly Measure _errors;
    private readonly Measure _latency;
    private readonly HarmCap? _cap;
    private readonly Promotion _promotion;
    private readonly FailureRun _run = new();
    private TimeSpan _firstFailureAt;

    /// <exception cref="ArgumentOutOfRangeException">A setting outside its range.</exception>
    public Judge(JudgeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings.Checked();
        _errors = new Measure(settings.Errors, settings.Attribution, fires: settings.ConsecutiveFailures is null);
        _latency = new Measure(settings.Latency, settings.Attribution, fires: true);
        Relative = settings.MaxRatioToStable is { } ratio ? new ShareTest(ratio, settings.RelativeAlpha) : null;
        RelativeLatency = settings.LatencyRatioToStable is { } factor
            ? new RelativeLatency(factor, settings.RelativeAlpha)
            : null;
        _cap = settings is { HarmCap: { } most, Errors: { } errors } ? new HarmCap(errors.Budget, most) : null;
        _promotion = new Promotion(settings);
    }

    /// <summary>Evidence against the canary's error budget; null without one.</summary>
    public Detector? Errors => _errors.Canary.Detector;

    /// <summary>Evidence against its latency budget; null without one.</summary>
    public Detector? Latency => _latency.Canary.Detector;

    /// <summary>Failures against stable's; null if switched off.</summary>
    public ShareTest? Relative { get; }

    /// <summary>The p95 against stable's; null if switched off.</summary>
    public RelativeLatency? RelativeLatency { get; }

    /// <summary>For the canary's clients that retry; ask it whether to count a response at all.</summary>
    public RetryStorm CanaryClients { get; } = new();

    /// <summary>For stable's.</summary>
    public RetryStorm StableClients { get; } = new();

    /// <summary>How near the nearest rule is to ending the canary, in [0, 1].</summary>
    public double Meter
    {
        get
        {
            lock (_lock)
            {
                var errors = _settings.ConsecutiveFailures is { } most ? (double)Run_NeedsLock() / most : Of(Errors);
                var cap = _cap?.Overdraft(_errors.Canary.Responses, _errors.Canary.Failures) / _cap?.Most ?? 0;
                var statistics = Math.Max(Of(Latency), Math.Max(Of(Relative), Of(RelativeLatency?.Slow)));
                return Math.Clamp(Math.Max(Math.Max(errors, cap), statistics), 0, 1);
            }
        }
    }

    /// <summary>What promotion may ask.</summary>
    public Readiness Readiness
    {
        get
        {
            bool alarmed;
            lock (_lock)
            {
                _errors.Refresh();
                _latency.Refresh();
                alarmed = Alarmed;
            }

            // Not under the lock: a decision must not wait for arithmetic that nobody is in a hurry for, on a thread that may lose its core.
            return _promotion.Read(_errors, _latency, alarmed, [Relative, RelativeLatency?.Slow]);
        }
    }

    /// <summary>Good responses of the canary's.</summary>
    public void CanaryGood(int count = 1) => _errors.Canary.Good(count);

    /// <summary>Good responses of stable's.</summary>
    public void StableGood(int count = 1) => _errors.Stable.Good(count);

    /// <summary>Canary responses within the latency limit, in the order in which the requests were sent.</summary>
    public void CanaryFast(int count = 1) => _latency.Canary.Good(count);

    /// <summary>Stable responses within the latency limit.</summary>
    public void StableFast(int count = 1) => _latency.Stable.Good(count);

    /// <summary>One failure of the canary's.</summary>
    /// <param name="now">Monotonic; when the response was known to be bad.</param>
    /// <param name="weight">w at assignment, in [0, 1].</param>
    /// <param name="byCoin">The coin assigned the request.</param>
    /// <param name="client">Hash of the client, or 0; see <see cref="RetryStorm"/>.</param>
    /// <param name="lower">
    /// Called under the judge's lock as soon as it is certain that the ruling ends the canary: the weight does not wait for the reasons. True says
    /// that this call lowered it.
    /// </param>
    public Ruling CanaryFailed(TimeSpan now, double weight, bool byCoin = true, ulong client = 0, Func<bool>? lower = null)
    {
        EnterSpinning();
        try
        {
            if (!CanaryClients.Failed(client, now))
            {
                return default;
            }

            _firstFailureAt = _errors.Canary.Failures == 0 ? now : _firstFailureAt;
            var inARow = _run.Add(_errors.Canary.Responses - _errors.Canary.Failures, now, _settings.ConsecutiveFailures);
            var coin = byCoin && ShareTest.IsCoin(weight);
            var isBroken = _errors.CanaryBad(now, weight, coin);
            var lowered = isBroken && _errors.HasNoOtherSuspect && lower?.Invoke() == true;
            _errors.Conclude(isBroken, now, weight);
            var relative = coin && Relative?.CanaryFailed(now, weight) == true;
            var ruling = Rule_NeedsLock(now, _errors, relative ? Cause.Relative : Cause.None, inARow, lower);
            return ruling with { Lowered = lowered || ruling.Lowered, Weight = ruling.Cause == Cause.Relative ? weight : null };
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>One failure of stable's.</summary>
    /// <inheritdoc cref="CanaryFailed"/>
    public void StableFailed(TimeSpan now, double weight, bool byCoin = true, ulong client = 0)
    {
        lock (_lock)
        {
            if (!StableClients.Failed(client, now))
            {
                return;
            }

            _errors.StableBad(now, weight, byCoin && ShareTest.IsCoin(weight));
            if (byCoin)
            {
                Relative?.StableFailed(weight);
            }
        }
    }

    /// <summary>One canary request that passed the latency limit, in the order in which the requests were sent.</summary>
    /// <inheritdoc cref="CanaryFailed"/>
    public Ruling CanarySlow(TimeSpan now, double weight, bool byCoin = true)
    {
        lock (_lock)
        {
            _latency.Conclude(_latency.CanaryBad(now, weight, byCoin && ShareTest.IsCoin(weight)), now, weight);
            return Rule_NeedsLock(now, _latency, Cause.None);
        }
    }

    /// <summary>
    /// One stable request that passed the latency limit; told when it passes, as the canary's is, or a hang of both is blamed on
    /// the canary.
    /// </summary>
    /// <inheritdoc cref="CanaryFailed"/>
    public void StableSlow(TimeSpan now, double weight, bool byCoin = true)
    {
        lock (_lock)
        {
            _latency.StableBad(now, weight, byCoin && ShareTest.IsCoin(weight));
        }
    }

    /// <summary>How long the canary took, for the comparison with stable's p95 only; in any order.</summary>
    /// <param name="latency">Time to the answer.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="weight">w at assignment.</param>
    /// <param name="byCoin">The coin assigned the request.</param>
    public Ruling CanaryLatency(TimeSpan latency, TimeSpan now, double weight, bool byCoin = true)
    {
        if (!byCoin || RelativeLatency?.Canary(latency, now, weight) != true)
        {
            return default;
        }

        lock (_lock)
        {
            return Rule_NeedsLock(now, _latency, Cause.RelativeLatency) with { Weight = weight };
        }
    }

    /// <summary>How long stable took, for the same comparison.</summary>
    /// <inheritdoc cref="CanaryLatency"/>
    public void StableLatency(TimeSpan latency, double weight, bool byCoin = true)
    {
        if (byCoin)
        {
            RelativeLatency?.Stable(latency, weight);
        }
    }

    /// <summary>The canary's weight goes up; see <see cref="Detector.RaiseLoad"/>.</summary>
    public void RaiseLoad()
    {
        lock (_lock)
        {
            Errors?.RaiseLoad();
            Latency?.RaiseLoad();
        }
    }

    /// <summary>
    /// Failures come in bursts, and two cores meet here. Whoever holds the lock needs it for a microsecond or two; the lock's own
    /// way to wait gives the core away after as many, and on a busy one its turn comes one or two hundred later.
    /// </summary>
    private void EnterSpinning()
    {
        for (var turn = 0; turn < MaxSpins; turn++)
        {
            if (_lock.TryEnter())
            {
                return;
            }

            Thread.SpinWait(1);
        }

        _lock.Enter();
    }

    private Ruling Rule_NeedsLock(TimeSpan now, Measure measure, Cause relative, bool inARow = false, Func<bool>? lower = null)
    {
        var signals = new Signals(
            Alarm: !measure.Alarmed ? Cause.None : measure == _errors ? Cause.Errors : Cause.Latency,
            Blamed: measure.Blamed,
            Unharmed: measure.StableUnharmed,
            Relative: relative,
            InARow: inARow,
            Capped: measure == _errors && _cap?.IsReached(_errors.Canary.Responses, _errors.Canary.Failures) == true,
            StableAlarms: measure.Stable.Alarms,
            GraceOver: measure.Alarmed && measure.HasLasted(_settings.SharedGrace, now));
        var cause = signals.Cause;
        var lowered = Ruling.Ends(cause) && lower?.Invoke() == true;
        return Explain_NeedsLock(cause, measure) with
        {
            Provisional = signals.Provisional,
            Lowered = lowered,
            IsOfLatency = cause != Cause.None && measure == _latency,
            IsOfCap = signals is { Capped: true, GraceOver: false },
        };
    }

    private Ruling Explain_NeedsLock(Cause cause, Measure measure)
    {
        var (responses, failures) = (_errors.Canary.Responses, _errors.Canary.Failures);
        switch (cause)
        {
            case Cause.None:
                return default;
            case Cause.Relative or Cause.RelativeLatency:
                var test = cause == Cause.Relative ? Relative! : RelativeLatency!.Slow;
                var stretch = test.Explain();
                var stable = cause == Cause.Relative
                    ? _errors.StableSinceCoin(stretch.Failures)
                    : (StableCounts?)null;
                return new Ruling(cause, stretch, stable, test.Level);
            case Cause.HarmCap:
                var whole = new StableCounts(_errors.Stable.Responses, _errors.Stable.Failures);
                var overdraft = _cap!.Value.Overdraft(responses, failures);
                return new Ruling(cause, new Stretch(responses, failures, _firstFailureAt), whole, overdraft);
            case Cause.Consecutive:
                return new Ruling(cause, _run.Enough, _errors.StableSince(_run.SinceEnough + _run.Enough.Failures), _run.Enough.Failures);
            default:
                var (since, stables) = measure.SinceStart();
                return new Ruling(cause, since, stables, measure.Canary.Detector!.Judged);
        }
    }

    private long Run_NeedsLock() => _run.LengthAfter(_errors.Canary.Responses - _errors.Canary.Failures);

    // The mass that evidence starts with is no evidence against anybody yet.
    private static double Of(Detector? detector) => detector is { Failures: > 0 } ? detector.Meter : 0;

    private static double Of(ShareTest? test) => test is { OfCanary: > 0 } ? test.Meter : 0;
}
