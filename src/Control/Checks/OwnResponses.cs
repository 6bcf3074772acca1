using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>What the canary answered in the last interval, or in the window that a check names.</summary>
internal sealed class OwnResponses(IntervalCheck check)
{
    private static readonly Look Beginning = new(TimeSpan.MinValue, 0, 0, []);

    private readonly LatencyBucket[] _buckets = new LatencyBucket[LatencyHistogram.MaxBuckets];

    /// <summary>The oldest first; the first of them is where the last window began.</summary>
    private readonly Queue<Look> _looks = new([Beginning]);

    public Answer Ask(CheckSource.Responses source, Generation generation, TimeSpan now)
    {
        // Failures first: one that comes between the two reads must not make the rate negative.
        var failures = generation.CanaryFailures;
        var look = new Look(
            now,
            failures,
            Math.Max(generation.CanaryResponses, failures),
            source.Quantile is null ? [] : Buckets(generation.Canary.Latency));
        var before = Before(now - (source.Window ?? check.Interval));
        _looks.Enqueue(look);
        return source.Quantile is { } quantile ? Latency(quantile, before, look) : SuccessRate(before, look);
    }

    /// <summary>The look that is nearest to where the window begins.</summary>
    private Look Before(TimeSpan begin)
    {
        // Asking is never exactly on time; half an interval is nearer to this look than to the next.
        while (_looks.Count > 1 && _looks.ElementAt(1).At <= begin + check.Interval / 2)
        {
            _looks.Dequeue();
        }

        return _looks.Peek();
    }

    private Dictionary<double, long> Buckets(LatencyHistogram canary)
    {
        var counts = new Dictionary<double, long>();
        foreach (var bucket in _buckets.AsSpan(0, canary.CopyTo(_buckets)))
        {
            counts[bucket.MidpointMicros] = bucket.Count;
        }

        return counts;
    }

    private Answer SuccessRate(Look before, Look now)
    {
        var (failed, answered) = (now.Failures - before.Failures, now.Responses - before.Responses);
        return answered <= 0 ? NoTraffic() : ConditionEvaluator.Of(check.Condition, 100.0 * (answered - failed) / answered, "%");
    }

    private Answer Latency(double quantile, Look before, Look now)
    {
        var fresh = now.Buckets
            .Select(bucket => (Micros: bucket.Key, Count: bucket.Value - before.Buckets.GetValueOrDefault(bucket.Key)))
            .Where(bucket => bucket.Count > 0)
            .OrderBy(bucket => bucket.Micros)
            .ToList();
        if (fresh.Count == 0)
        {
            return NoTraffic();
        }

        // The nearest rank, as the arm's own quantiles have it.
        var left = (long)Math.Ceiling(quantile * fresh.Sum(bucket => bucket.Count));
        foreach (var (micros, count) in fresh)
        {
            left -= count;
            if (left <= 0)
            {
                return ConditionEvaluator.Of(check.Condition, Math.Round(micros / 1000, 2), " ms");
            }
        }

        return NoTraffic();
    }

    private static Answer NoTraffic() => new(AnswerKind.Nothing, "has no value: the canary answered nothing in this interval");

    private sealed record Look(TimeSpan At, long Failures, long Responses, Dictionary<double, long> Buckets);
}
