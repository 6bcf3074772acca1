using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>What the canary answered since the last time somebody looked.</summary>
internal sealed class OwnResponses
{
    private readonly LatencyBucket[] _buckets = new LatencyBucket[LatencyHistogram.MaxBuckets];
    private Dictionary<double, long> _before = [];
    private long _responses;
    private long _failures;

    public Answer Look(CheckSource.Responses source, CheckCondition condition, Generation generation) =>
        source.Quantile is { } quantile ? Latency(quantile, condition, generation.Canary.Latency) : SuccessRate(condition, generation);

    private Answer SuccessRate(CheckCondition condition, Generation generation)
    {
        // Failures first: one that comes between the two reads must not make the rate negative.
        var failures = generation.CanaryFailures;
        var responses = Math.Max(generation.CanaryResponses, failures);
        var (failed, answered) = (failures - _failures, responses - _responses);
        (_failures, _responses) = (failures, responses);
        return answered <= 0 ? NoTraffic() : Condition.Of(condition, 100.0 * (answered - failed) / answered, "%");
    }

    private Answer Latency(double quantile, CheckCondition condition, LatencyHistogram canary)
    {
        var now = new Dictionary<double, long>();
        foreach (var bucket in _buckets.AsSpan(0, canary.CopyTo(_buckets)))
        {
            now[bucket.MidpointMicros] = bucket.Count;
        }

        var fresh = now.Select(bucket => (Micros: bucket.Key, Count: bucket.Value - _before.GetValueOrDefault(bucket.Key))).Where(bucket => bucket.Count > 0).OrderBy(bucket => bucket.Micros).ToList();
        _before = now;
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
                return Condition.Of(condition, Math.Round(micros / 1000, 2), " ms");
            }
        }

        return NoTraffic();
    }

    private static Answer NoTraffic() => new(AnswerKind.Nothing, "has no value: the canary answered nothing in this interval");
}
