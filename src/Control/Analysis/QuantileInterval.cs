namespace Snapback.Control.Analysis;

/// <summary>
/// Between which latencies a quantile lies; valid at all times at once, as <see cref="ConfidenceSequence"/> is. A quantile is
/// above x where more than 1 - q of the responses are proved slower than x. Source: Howard &amp; Ramdas 2022.
/// </summary>
/// <param name="Lower">Zero while little is known.</param>
/// <param name="Upper">Null: not enough responses (a p95 needs 116 at 95 % confidence), or past the histogram's end.</param>
public readonly record struct QuantileInterval(TimeSpan Lower, TimeSpan? Upper)
{
    /// <summary>The interval, in bucket edges.</summary>
    /// <param name="latencies">May be recorded into meanwhile.</param>
    /// <param name="q">In (0, 1); 0.95 is the p95.</param>
    /// <param name="alpha">P(the true quantile is ever outside), in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public static QuantileInterval Of(LatencyHistogram latencies, double q, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(latencies);
        Check.In(q, double.Epsilon, Math.BitDecrement(1), nameof(q));
        Check.In(alpha, double.Epsilon, Math.BitDecrement(1), nameof(alpha));
        var slower = latencies.Count;
        var (few, many) = Thresholds(slower, 1 - q, alpha);
        var lower = 0L;

        // The last bucket also holds what is slower than the scale.
        for (var i = 0; i < LatencyHistogram.MaxBuckets - 1; i++)
        {
            slower -= latencies[i];
            if (slower <= few)
            {
                return new QuantileInterval(Micros(lower), Micros(LatencyScale.EndMicros(i)));
            }

            lower = slower >= many ? LatencyScale.EndMicros(i) : lower;
        }

        return new QuantileInterval(Micros(lower), null);
    }

    /// <summary>At most so many slower responses prove a share below the allowed one, at least so many one above it.</summary>
    private static (long Few, long Many) Thresholds(long responses, double allowed, double alpha)
    {
        var expected = (long)Math.Floor(responses * allowed);
        var (few, undecided) = (-1L, expected + 1);
        while (undecided - few > 1)
        {
            var middle = few + (undecided - few) / 2;
            (few, undecided) = Proves(middle) ? (middle, undecided) : (few, middle);
        }

        var (still, many) = (expected, responses + 1);
        while (many - still > 1)
        {
            var middle = still + (many - still) / 2;
            (still, many) = Proves(middle) ? (still, middle) : (middle, many);
        }

        return (few, many);

        bool Proves(long slower) => ConfidenceSequence.Excludes(allowed, responses, slower, alpha);
    }

    private static TimeSpan Micros(long micros) => TimeSpan.FromTicks(micros * TimeSpan.TicksPerMicrosecond);
}
