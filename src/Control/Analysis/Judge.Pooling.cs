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

    /// <summary>Good responses of the canary's that others must have seen and have not told yet, at a monotonic time.</summary>
    internal (Func<TimeSpan, double> good, Func<TimeSpan, double> fast) Unseen
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
            RelativeLatency?.Slow.Replicas = value;
        }
    }

    /// <summary>
    /// Counts what another replica saw. Its order within the report is not known; spread evenly it looks like no burst that it may
    /// not have been, and a report that holds one failure, as most do, loses nothing.
    /// </summary>
    internal Ruling Take(Tally news, TimeSpan now, double weight)
    {
        // Stable's first, so that a fault of both arms is judged by somebody who knows that.
        Spread(news.StableGood, news.StableBad, StableGood, i => StableFailed(now, weight, i < news.StableBadByCoin));
        Spread(news.StableFast, news.StableSlow, StableFast, i => StableSlow(now, weight, i < news.StableSlowByCoin));
        var ruling = default(Ruling);
        Spread(news.CanaryFast, news.CanarySlow, CanaryFast, i => ruling = Stronger(ruling, CanarySlow(now, weight, i < news.CanarySlowByCoin)));
        Spread(news.CanaryGood, news.CanaryBad, CanaryGood, i => ruling = Stronger(ruling, CanaryFailed(now, weight, i < news.CanaryBadByCoin)));
        return ruling;
    }

    private static Ruling Stronger(Ruling before, Ruling next) => before.EndsCanary || next.Cause == Cause.None ? before : next;

    private static void Spread(long good, long bad, Action<int> addGood, Action<long> addBad)
    {
        for (var i = 0L; i < bad; i++)
        {
            Add(good * (i + 1) / (bad + 1) - good * i / (bad + 1));
            addBad(i);
        }

        Add(good - good * bad / (bad + 1));

        void Add(long count)
        {
            if (count > 0)
            {
                addGood((int)Math.Min(count, int.MaxValue));
            }
        }
    }
}
