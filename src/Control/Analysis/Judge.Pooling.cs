namespace Snapback.Control.Analysis;

/// <summary>What a fleet adds: the same judge, fed with what other replicas saw.</summary>
public sealed partial class Judge
{
    /// <summary>Everything counted so far, whoever reported it.</summary>
    public Tally Tally
    {
        get
        {
            lock (_lock)
            {
                var errors = _errors.Counts;
                var latency = _latency.Counts;
                return new Tally(
                    errors.CanaryGood, errors.CanaryBad, errors.Coin.Canary, errors.StableGood, errors.StableBad, errors.Coin.Stable,
                    latency.CanaryGood, latency.CanaryBad, latency.Coin.Canary, latency.StableGood, latency.StableBad, latency.Coin.Stable);
            }
        }
    }

    /// <summary>Good responses of the canary's that others must have seen and have not told yet.</summary>
    internal (Func<TimeSpan, long, double> good, Func<TimeSpan, long, double> fast) Unseen
    {
        set
        {
            Errors?.Unseen = value.good;
            Latency?.Unseen = value.fast;
        }
    }

    /// <summary>How many judges decide by themselves and may each be wrong; every threshold is that many times higher.</summary>
    internal int Replicas
    {
        set
        {
            Errors?.Replicas = value;
            Latency?.Replicas = value;
            Relative?.Replicas = value;
        }
    }

    /// <summary>
    /// How many replicas compare p95s, each on its own responses: latencies are no sums that could be pooled, so any of them may be wrong,
    /// and at α/n each the fleet is no more often than α.
    /// </summary>
    internal int Comparing
    {
        set => RelativeLatency?.Slow.Replicas = value;
    }

    /// <summary>
    /// Counts what another replica saw. Its order within the report is not known; spread evenly it looks like no burst that it may
    /// not have been. A failure is told at once, so the last thing in a report that has one is the failure: the good ones come before it.
    /// </summary>
    internal Ruling Take(Tally news, TimeSpan now, double weight)
    {
        var slow = Spread(
            new Report(news.CanaryFast, news.CanarySlow, news.StableFast, news.StableSlow), CanaryFast, StableFast,
            i => CanarySlow(now, weight, i < news.CanarySlowByCoin), i => StableSlow(now, weight, i < news.StableSlowByCoin));
        var failed = Spread(
            new Report(news.CanaryGood, news.CanaryBad, news.StableGood, news.StableBad), CanaryGood, StableGood,
            i => CanaryFailed(now, weight, i < news.CanaryBadByCoin), i => StableFailed(now, weight, i < news.StableBadByCoin));
        return Stronger(slow, failed);
    }

    private static Ruling Spread(Report report, Action<int> canaryGood, Action<int> stableGood, Func<long, Ruling> canaryBad, Action<long> stableBad)
    {
        var ruling = default(Ruling);
        for (var i = 0L; i < report.CanaryBad; i++)
        {
            // All of stable's come before the last of the canary's: a fault of both arms is judged by somebody who knows that.
            Add(Part(report.StableGood, i, report.CanaryBad), stableGood);
            for (var n = report.StableBad * i / report.CanaryBad; n < report.StableBad * (i + 1) / report.CanaryBad; n++)
            {
                stableBad(n);
            }

            Add(Part(report.CanaryGood, i, report.CanaryBad), canaryGood);
            ruling = Stronger(ruling, canaryBad(i));
        }

        if (report.CanaryBad == 0)
        {
            Add(report.StableGood, stableGood);
            Add(report.CanaryGood, canaryGood);
            for (var n = 0L; n < report.StableBad; n++)
            {
                stableBad(n);
            }
        }

        return ruling;
    }

    private static Ruling Stronger(Ruling before, Ruling next) => before.EndsCanary || next.Cause == Cause.None ? before : next;

    /// <summary>The i-th of so many parts that differ by one at most.</summary>
    private static long Part(long whole, long i, long parts) => whole * (i + 1) / parts - whole * i / parts;

    private static void Add(long count, Action<int> add)
    {
        if (count > 0)
        {
            add((int)Math.Min(count, int.MaxValue));
        }
    }

    private readonly record struct Report(long CanaryGood, long CanaryBad, long StableGood, long StableBad);
}
