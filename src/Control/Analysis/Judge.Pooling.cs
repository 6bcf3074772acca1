namespace Snapback.Control.Analysis;

/// <summary>What a fleet adds: the same judge, fed with what other replicas saw.</summary>
public sealed partial class Judge
{
    // Judges that cannot hear each other, this one included.
    private int _alone = 1;

    // Live replicas, and those that tell what was slow beside stable's p95; both with this one.
    private int _replicas = 1;
    private long _comparing = 1;

    private (long OfCanary, long OfStable) _told;
    private (long OfCanary, long OfStable) _compared;

    /// <summary>Everything counted so far, whoever reported it.</summary>
    public Tally Tally
    {
        get
        {
            lock (_lock)
            {
                var errors = _errors.Counts;
                var latency = _latency.Counts;
                var over = RelativeLatency?.Own ?? default;
                return new Tally(
                    errors.CanaryGood, errors.CanaryBad, errors.Coin.Canary, errors.StableGood, errors.StableBad, errors.Coin.Stable,
                    latency.CanaryGood, latency.CanaryBad, latency.Coin.Canary, latency.StableGood, latency.StableBad, latency.Coin.Stable)
                {
                    CanaryOver = over.OfCanary + _told.OfCanary,
                    StableOver = over.OfStable + _told.OfStable,
                    Comparing = RelativeLatency is null ? 0 : _comparing,
                };
            }
        }
    }

    /// <summary>How many judges decide by themselves and may each be wrong; every threshold is that many times higher.</summary>
    internal int Replicas
    {
        set
        {
            lock (_lock)
            {
                Errors?.Replicas = value;
                Latency?.Replicas = value;
                Relative?.Replicas = value;
                _alone = value;
                Share_NeedsLock();
            }
        }
    }

    /// <summary>How many other replicas there are; from the first one on, what all of them see is judged in the order in which it happened.</summary>
    /// <param name="live">Those that can be wrong now.</param>
    internal void Pool(int peers, int live, TimeSpan began)
    {
        _errors.Pool(peers, began);
        _latency.Pool(peers, began);
        lock (_lock)
        {
            _replicas = live + 1;
            Share_NeedsLock();
        }
    }

    /// <summary>
    /// Where p95s are compared, a replica that does not tell what was slow (an older version, or nothing heard of it yet) decides by itself
    /// at α/n; what is left of α is for those that do, who judge the same.
    /// </summary>
    private void Share_NeedsLock()
    {
        RelativeLatency?.Slow.Replicas = Math.Max(_alone, (int)((_replicas + _comparing - 1) / _comparing));
        RelativeLatency?.Waits = _alone == 1 && _replicas > 1 && _comparing > 1;
    }

    /// <summary>
    /// Counts what another replica saw. Its order within the report is not known; spread evenly it looks like no burst that it may
    /// not have been. A failure is told at once, so the last thing in a report that has one is the failure: the good ones come before it.
    /// </summary>
    /// <param name="replica">Its number.</param>
    /// <param name="until">When it counted, on this replica's clock.</param>
    internal Ruling Take(int replica, Tally news, TimeSpan until, TimeSpan now, double weight)
    {
        lock (_lock)
        {
            var latency = new Report(
                news.CanaryFast, news.CanarySlow, news.CanarySlowByCoin, news.StableFast, news.StableSlow, news.StableSlowByCoin);
            var errors = new Report(news.CanaryGood, news.CanaryBad, news.CanaryBadByCoin, news.StableGood, news.StableBad, news.StableBadByCoin);
            var slow = Take_NeedsLock(replica, _latency, latency, until, now, weight);
            var failed = Take_NeedsLock(replica, _errors, errors, until, now, weight);
            _told = (_told.OfCanary + news.CanaryOver, _told.OfStable + news.StableOver);
            _comparing += news.Comparing;
            Share_NeedsLock();
            return slow.EndsCanary || failed.Cause == Cause.None ? slow : failed;
        }
    }

    /// <summary>
    /// Compares p95s by what all replicas found slow, at a beat and no sooner: what every replica sees then is what stands in one place in
    /// that moment, so all of them look at one history. Each with its own newest responses would be as many chances to be wrong.
    /// </summary>
    internal Ruling Compare(TimeSpan now, double weight)
    {
        lock (_lock)
        {
            var news = (OfCanary: _told.OfCanary - _compared.OfCanary, OfStable: _told.OfStable - _compared.OfStable);
            _compared = _told;
            return RelativeLatency?.Judge(news.OfCanary, news.OfStable, now, weight) == true
                ? Rule_NeedsLock(now, _latency, Cause.RelativeLatency)
                : default;
        }
    }

    private Ruling Take_NeedsLock(int replica, Measure measure, Report report, TimeSpan until, TimeSpan now, double weight)
    {
        var (relative, inARow) = (false, false);
        var from = measure.ToldUntil(replica) ?? until;
        var parts = Math.Max(1, report.CanaryBad);
        for (var i = 0L; i < parts; i++)
        {
            // All of stable's come before the last of the canary's: a fault of both arms is judged by somebody who knows that.
            var at = Moment(from, until, i + 1, parts);
            TakeStable_NeedsLock(replica, measure, report, (i, parts), Moment(from, until, i, parts), at, weight);
            var failed = i < report.CanaryBad;
            var coin = i < report.CanaryBadByCoin && ShareTest.IsCoin(weight);
            if (failed && measure == _errors)
            {
                _firstFailureAt = _errors.Canary.Failures == 0 ? at : _firstFailureAt;
            }

            measure.CanaryTold(replica, Part(report.CanaryGood, i, parts), at, failed, weight, coin);
            if (failed && measure == _errors)
            {
                inARow |= _run.Add(_errors.Canary.Responses - _errors.Canary.Failures, at, _settings.ConsecutiveFailures);
                relative |= coin && Relative?.CanaryFailed(at, weight) == true;
            }
        }

        measure.ToldAll(replica, now, weight);
        return Rule_NeedsLock(now, measure, relative ? Cause.Relative : Cause.None, inARow);
    }

    /// <summary>The i-th part of a report, as far as it is stable's.</summary>
    private void TakeStable_NeedsLock(
        int replica, Measure measure, Report report, (long Index, long Of) part, TimeSpan from, TimeSpan until, double weight)
    {
        var (good, bad) = (Part(report.StableGood, part.Index, part.Of), Part(report.StableBad, part.Index, part.Of));
        if (bad == 0)
        {
            measure.StableTold(replica, good, until, failed: false, weight, byCoin: false);
        }

        var before = report.StableBad * part.Index / part.Of;
        for (var i = 0L; i < bad; i++)
        {
            var coin = before + i < report.StableBadByCoin && ShareTest.IsCoin(weight);
            measure.StableTold(replica, Part(good, i, bad), Moment(from, until, i + 1, bad), failed: true, weight, coin);
            if (coin && measure == _errors)
            {
                Relative?.StableFailed(weight);
            }
        }
    }

    /// <summary>The end of the n-th of so many equal parts of a time.</summary>
    private static TimeSpan Moment(TimeSpan from, TimeSpan until, long n, long parts) =>
        until - ((parts - n) * (Elapsed.Between(from, until) / parts));

    /// <summary>The i-th of so many parts that differ by one at most.</summary>
    private static long Part(long whole, long i, long parts) => whole * (i + 1) / parts - whole * i / parts;

    private readonly record struct Report(
        long CanaryGood, long CanaryBad, long CanaryBadByCoin, long StableGood, long StableBad, long StableBadByCoin);
}
