namespace Snapback.Control.Analysis;

/// <summary>
/// Whether the canary fails more than ρ0 times as often as stable, from the share of all failures that hit it. The proxy's own
/// coin is the only randomness it relies on, so it holds through every outage, burst and drift that both arms have in common.
/// Conditioning on the sum of two counts is Przyborowski &amp; Wilenski 1940; made sequential as <see cref="Detector"/> is.
/// Only requests sent by the coin may be counted. Thread-safe; no call allocates, but a few of the first 64 failures.
/// </summary>
public sealed class ShareTest
{
    // One failure is no pattern, even of a canary with a weight of 0.01 %.
    private const int MinFailures = 2;

    // As in RestartingEvidence: above every 1/α, below what meets 0·∞.
    private const double Cap = 1e9;

    private readonly Lock _lock = new();
    private readonly double _alpha;
    private readonly ShareAlternatives _alternatives;
    private readonly double[] _mass = new double[ShareAlternatives.Size];
    private readonly Recent<Failure> _recent = new();
    private long _failures;
    private long _ofCanary;

    /// <param name="maxRatio">ρ0: how many times stable's failure rate the canary may have, in [1, 1000].</param>
    /// <param name="alpha">α: P(ever firing on a canary within ρ0, restarts aside), in [1e-7, 0.5].</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public ShareTest(double maxRatio, double alpha)
    {
        Check.In(maxRatio, 1, 1000, nameof(maxRatio));
        Check.In(alpha, 1e-7, 0.5, nameof(alpha));
        MaxRatio = maxRatio;
        _alpha = alpha;
        _alternatives = new ShareAlternatives(maxRatio);

        // 1 needs no calibration, which would have to be redone at every weight.
        Array.Fill(_mass, 1);
    }

    /// <summary>How many tests decide by themselves on parts of the same failures.</summary>
    internal int Replicas { get; set; } = 1;

    /// <summary>ρ0.</summary>
    public double MaxRatio { get; }

    /// <summary>M: fires at 1/α; 1 before the first failure. Finite, not negative. Only failures move it, of either arm.</summary>
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

    /// <summary>How far the evidence is on its way to firing, on a log scale, in [0, 1].</summary>
    public double Meter => Math.Clamp(Math.Log(Level) / -Math.Log(_alpha), 0, 1);

    /// <summary>Failures of both arms.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>The canary's among them.</summary>
    public long OfCanary => Interlocked.Read(ref _ofCanary);

    /// <summary>ln E(n_f, k_c) in nats, from counts at one weight; counts of replicas may be added.</summary>
    /// <param name="weight">w: the coin's share for the canary, in [0, 1].</param>
    /// <param name="maxRatio">ρ0.</param>
    /// <param name="failures">n_f: failures of both arms, at least <paramref name="ofCanary"/>.</param>
    /// <param name="ofCanary">k_c, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public static double LogFromCounts(double weight, double maxRatio, long failures, long ofCanary)
    {
        Check.In(weight, 0, 1, nameof(weight));
        Check.In(maxRatio, 1, 1000, nameof(maxRatio));
        ArgumentOutOfRangeException.ThrowIfNegative(ofCanary);
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, ofCanary);
        return ShareAlternatives.LogEvidence(weight, maxRatio, failures, ofCanary);
    }

    /// <summary>Judges one failure of the canary's. True says: roll back.</summary>
    /// <param name="now">Monotonic; kept for <see cref="Explain"/>, and no part of the decision.</param>
    /// <param name="weight">The coin's share when the request was assigned; outside (0, 1) there was none: not counted.</param>
    public bool CanaryFailed(TimeSpan now, double weight)
    {
        if (!IsCoin(weight))
        {
            return false;
        }

        lock (_lock)
        {
            _alternatives.MoveTo(weight);
            Multiply_NeedsLock(_alternatives.OnStable);
            for (var j = 0; j < _mass.Length; j++)
            {
                _mass[j] = Math.Min(_mass[j] * ShareAlternatives.OnCanary[j], Cap);
            }

            _failures++;
            _ofCanary++;
            _recent.Add(new Failure(_failures, now));
            return Fires_NeedsLock();
        }
    }

    /// <summary>
    /// Failures of both arms in an order that is not known: what each alternative says of them together does not depend on it, and what they
    /// restart is added before the first. True says: roll back.
    /// </summary>
    /// <inheritdoc cref="CanaryFailed"/>
    internal bool Told(long ofCanary, long ofStable, TimeSpan now, double weight)
    {
        var failures = ofCanary + ofStable;
        if (failures == 0 || !IsCoin(weight))
        {
            return false;
        }

        lock (_lock)
        {
            _alternatives.MoveTo(weight);
            for (var j = 0; j < _mass.Length; j++)
            {
                var factor = Math.Exp((failures * Math.Log(_alternatives.OnStable[j])) + (ofCanary * Math.Log(ShareAlternatives.OnCanary[j])));
                _mass[j] = Math.Min((_mass[j] + (failures * _alternatives.Restart)) * factor, Cap);
            }

            // For the sentence each of the canary's is one, spread evenly among those of both.
            for (var i = Math.Max(1, ofCanary - Recent<Failure>.Capacity + 1); i <= ofCanary; i++)
            {
                _recent.Add(new Failure(_failures + failures * i / ofCanary, now));
            }

            _failures += failures;
            _ofCanary += ofCanary;
            return ofCanary > 0 && Fires_NeedsLock();
        }
    }

    /// <summary>One failure of stable's, which speaks for the canary.</summary>
    /// <param name="weight">As for the canary's.</param>
    public void StableFailed(double weight)
    {
        if (!IsCoin(weight))
        {
            return;
        }

        lock (_lock)
        {
            _alternatives.MoveTo(weight);
            Multiply_NeedsLock(_alternatives.OnStable);
            _failures++;
        }
    }

    /// <summary>
    /// The stretch up to the canary's newest failure that best explains the evidence: failures of both arms as responses, the
    /// canary's as failures. Weighed as if all of it had today's weight. All zero before the first.
    /// </summary>
    public Stretch Explain()
    {
        Span<Failure> failures = stackalloc Failure[Recent<Failure>.Capacity];
        lock (_lock)
        {
            return Stretch.MostTelling(_alternatives, failures[.._recent.CopyTo(failures)]);
        }
    }

    internal static bool IsCoin(double weight) => weight is > 0 and < 1;

    private void Multiply_NeedsLock(ReadOnlySpan<double> factors)
    {
        for (var j = 0; j < _mass.Length; j++)
        {
            _mass[j] = (_mass[j] + _alternatives.Restart) * factors[j];
        }
    }

    private bool Fires_NeedsLock() => Level_NeedsLock() >= Replicas / _alpha && _ofCanary >= MinFailures;

    private double Level_NeedsLock()
    {
        var sum = 0d;
        foreach (var mass in _mass)
        {
            sum += mass;
        }

        return sum / _mass.Length;
    }
}
