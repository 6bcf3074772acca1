using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>
/// What the canary answered in the last interval, or in the window that a check names. What stable fails as well is not the canary's,
/// unless it has clearly more than its share.
/// </summary>
internal sealed class OwnResponses(IntervalCheck check)
{
    private static readonly Look Beginning = new(TimeSpan.MinValue, ArmLook.None, ArmLook.None);

    private readonly LatencyBucket[] _buckets = new LatencyBucket[LatencyHistogram.MaxBuckets];

    /// <summary>The oldest first; the first of them is where the last window began.</summary>
    private readonly Queue<Look> _looks = new([Beginning]);

    /// <summary>What was answered until now is in no window: it was before the check's step, or before its delay.</summary>
    public void Begin(CheckSource.Responses source, Generation generation, TimeSpan now)
    {
        _looks.Clear();
        _looks.Enqueue(At(source, generation, now));
    }

    public Answer Ask(CheckSource.Responses source, Generation generation, TimeSpan now)
    {
        var look = At(source, generation, now);
        var before = Before(now - (source.Window ?? check.Interval));
        _looks.Enqueue(look);
        var (canary, stable) = (look.Canary.Since(before.Canary), look.Stable.Since(before.Stable));
        return source.Quantile is { } quantile ? Latency(quantile, canary, stable) : SuccessRate(canary, stable);
    }

    private Look At(CheckSource.Responses source, Generation generation, TimeSpan now)
    {
        // Failures first: one that comes between the two reads must not make the rate negative.
        var (failures, ofStable) = (generation.CanaryFailures, generation.Stable.Failures);
        return new Look(
            now,
            new ArmLook(failures, Math.Max(generation.CanaryResponses, failures), Buckets(source, generation.Canary)),
            new ArmLook(ofStable, Math.Max(generation.Stable.Responses, ofStable), Buckets(source, generation.Stable)));
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

    private Dictionary<double, long> Buckets(CheckSource.Responses source, ArmStats arm)
    {
        var counts = new Dictionary<double, long>();
        if (source.Quantile is not null)
        {
            foreach (var bucket in _buckets.AsSpan(0, arm.Latency.CopyTo(_buckets)))
            {
                counts[bucket.MidpointMicros] = bucket.Count;
            }
        }

        return counts;
    }

    private Answer SuccessRate(ArmLook canary, ArmLook stable) => canary.Responses <= 0
        ? NoTraffic()
        : Blamed(
            canary.SuccessRate,
            stable.Responses <= 0 ? null : stable.SuccessRate,
            "%",
            new CoinCounts(canary.Failures, stable.Failures),
            canary.Responses,
            stable.Responses);

    private Answer Latency(double quantile, ArmLook canary, ArmLook stable)
    {
        if (canary.Quantile(quantile) is not { } micros)
        {
            return NoTraffic();
        }

        var ofStable = stable.Quantile(quantile);
        var cut = ofStable ?? 0;
        return Blamed(
            Math.Round(micros / 1000, 2),
            ofStable is { } slow ? Math.Round(slow / 1000, 2) : null,
            " ms",
            new CoinCounts(canary.Above(cut), stable.Above(cut)),
            canary.Timed,
            stable.Timed);
    }

    /// <param name="bad">Of both arms: failures, or what was slower than stable's own quantile.</param>
    private Answer Blamed(double canary, double? stable, string unit, CoinCounts bad, long canarys, long stables)
    {
        var answer = ConditionEvaluator.Of(check.Condition, canary, unit);
        return answer.Kind == AnswerKind.Bad
            && stable is { } value
            && ConditionEvaluator.Of(check.Condition, value, unit).Kind == AnswerKind.Bad
            && AttributionGate.MayBeChance(bad, canarys / (double)(canarys + stables))
                ? new Answer(AnswerKind.Both, $"{answer.Sentence}, and stable's is {ConditionEvaluator.Number(value, unit)}: not blamed on the canary")
                : answer;
    }

    private static Answer NoTraffic() => new(AnswerKind.Nothing, "has no value: the canary answered nothing in this interval");

    private sealed record Look(TimeSpan At, ArmLook Canary, ArmLook Stable);

    /// <param name="Buckets">Responses by their latency in microseconds; empty for a check of the success rate.</param>
    private sealed record ArmLook(long Failures, long Responses, Dictionary<double, long> Buckets)
    {
        public static readonly ArmLook None = new(0, 0, []);

        public double SuccessRate => 100.0 * (Responses - Failures) / Responses;

        public long Timed => Buckets.Values.Sum();

        public ArmLook Since(ArmLook before) => new(
            Failures - before.Failures,
            Responses - before.Responses,
            Buckets
                .Select(bucket => KeyValuePair.Create(bucket.Key, bucket.Value - before.Buckets.GetValueOrDefault(bucket.Key)))
                .Where(bucket => bucket.Value > 0)
                .ToDictionary());

        public long Above(double micros) => Buckets.Where(bucket => bucket.Key > micros).Sum(bucket => bucket.Value);

        /// <summary>By the nearest rank, as the arm's own quantiles have it; null without a response.</summary>
        public double? Quantile(double quantile)
        {
            var left = (long)Math.Ceiling(quantile * Timed);
            foreach (var (micros, count) in Buckets.OrderBy(bucket => bucket.Key))
            {
                left -= count;
                if (left <= 0)
                {
                    return micros;
                }
            }

            return null;
        }
    }
}
