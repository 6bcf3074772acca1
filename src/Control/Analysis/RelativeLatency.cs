namespace Snapback.Control.Analysis;

/// <summary>
/// Whether the canary's p95 is more than f times stable's. A cut follows stable's p95; a response is slow if stable's is above
/// the cut or the canary's above f times the cut; then it is a share test. The cut comes from the past alone, so the test holds
/// for every cut and through every slow-down of both arms. Thread-safe; no call allocates, but a few of the first 64 slow ones.
/// </summary>
public sealed class RelativeLatency
{
    private const double Quantile = 0.95;

    private readonly double _factor;
    private readonly RunningQuantile _cut = new(Quantile);
    private long _ofCanary;
    private long _ofStable;
    private long _canaryWaiting;
    private long _stableWaiting;

    /// <param name="factor">f: how many times stable's p95 the canary's may be, in [1, 1000].</param>
    /// <param name="alpha">α, in [1e-7, 0.5].</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public RelativeLatency(double factor, double alpha)
    {
        Check.In(factor, 1, 1000, nameof(factor));
        _factor = factor;
        Slow = new ShareTest(maxRatio: 1, alpha);
    }

    /// <summary>The test on slow responses.</summary>
    public ShareTest Slow { get; }

    /// <summary>Stable's p95 now; null for its first 20 responses, while nothing counts as slow.</summary>
    public TimeSpan? Cut => double.IsFinite(_cut.Value) ? TimeSpan.FromTicks((long)_cut.Value) : null;

    /// <summary>What is slow waits for <see cref="Judge(long, long, TimeSpan, double)"/>, so that replicas judge it together.</summary>
    internal bool Waits { get; set; }

    /// <summary>Slow responses of each arm on this replica.</summary>
    internal (long OfCanary, long OfStable) Own => (Interlocked.Read(ref _ofCanary), Interlocked.Read(ref _ofStable));

    /// <summary>Judges one latency of the canary's. True says: roll back.</summary>
    /// <param name="latency">Of a request assigned by the coin.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="weight">w at assignment; outside (0, 1) not counted.</param>
    public bool Canary(TimeSpan latency, TimeSpan now, double weight)
    {
        if (!(latency.Ticks > _factor * _cut.Value) || !ShareTest.IsCoin(weight))
        {
            return false;
        }

        Interlocked.Increment(ref _ofCanary);
        if (Waits)
        {
            Interlocked.Increment(ref _canaryWaiting);
            return false;
        }

        return Judge(0, 0, now, weight) | Slow.CanaryFailed(now, weight);
    }

    /// <summary>One latency of stable's.</summary>
    /// <inheritdoc cref="Canary"/>
    public void Stable(TimeSpan latency, double weight)
    {
        if (latency.Ticks > _cut.Value && ShareTest.IsCoin(weight))
        {
            Interlocked.Increment(ref _ofStable);
            if (Waits)
            {
                Interlocked.Increment(ref _stableWaiting);
            }
            else
            {
                Slow.StableFailed(weight);
            }
        }

        // After the comparison: a cut that knew this response would not be of the past.
        _cut.Add(Math.Max(0, latency.Ticks));
    }

    /// <summary>What waited here, and what other replicas told. True says: roll back.</summary>
    internal bool Judge(long ofCanary, long ofStable, TimeSpan now, double weight) =>
        Slow.Told(ofCanary + Interlocked.Exchange(ref _canaryWaiting, 0), ofStable + Interlocked.Exchange(ref _stableWaiting, 0), now, weight);
}
