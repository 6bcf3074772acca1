namespace Snapback.Control.Analysis;

/// <summary>
/// Latencies of one arm from 0 to 134 s, within 0.4 %. For display only: the judge counts slow responses and needs no
/// histogram. Thread-safe; recording never waits and allocates once, at the first response. Reads see each bucket whole,
/// but not all buckets at one instant.
/// </summary>
public sealed class LatencyHistogram
{
    /// <summary>How many buckets <see cref="CopyTo"/> may write at most.</summary>
    public const int MaxBuckets = LatencyScale.Buckets;

    // Twenty kilobytes; most of ten thousand rollouts never see a canary response.
    private long[]? _counts;

    /// <summary>Latencies recorded. Summed on read, so that recording is one interlocked add and not two.</summary>
    public long Count
    {
        get
        {
            var total = 0L;
            foreach (var count in Counts)
            {
                total += count;
            }

            return total;
        }
    }

    internal ReadOnlySpan<long> Counts => Volatile.Read(ref _counts);

    /// <summary>Counts one latency; a negative one as 0, one above 134 s as 134 s.</summary>
    public void Record(TimeSpan latency) => Record(latency.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc cref="Record(TimeSpan)"/>
    public void Record(long micros) => Add(CountsToWrite(), LatencyScale.IndexOf(micros), 1);

    /// <summary>
    /// The latency that a share of responses does not exceed, by nearest rank, as its bucket's midpoint; null while empty.
    /// </summary>
    /// <param name="q">In [0, 1]; 0.95 is the p95.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="q"/> is outside [0, 1] or not a number.</exception>
    public TimeSpan? Quantile(double q)
    {
        if (!(q is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(q), q, "A quantile is in [0, 1].");
        }

        // Counts only rise, so the walk cannot run out of buckets before it meets the rank.
        var left = Math.Max(1, (long)Math.Ceiling(q * Count));
        var counts = Counts;
        for (var i = 0; i < counts.Length; i++)
        {
            left -= counts[i];
            if (left <= 0)
            {
                // Midpoints are whole or half microseconds, hence exact in ticks.
                return TimeSpan.FromTicks((long)(LatencyScale.MidpointMicros(i) * TimeSpan.TicksPerMicrosecond));
            }
        }

        return null;
    }

    /// <summary>Adds another arm's, replica's or interval's latencies to this one's; the other is unchanged.</summary>
    public void Merge(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var theirs = other.Counts;
        for (var i = 0; i < theirs.Length; i++)
        {
            if (theirs[i] > 0)
            {
                Add(CountsToWrite(), i, theirs[i]);
            }
        }
    }

    /// <summary>Writes the buckets that are not empty, fastest first, and returns how many.</summary>
    /// <param name="destination">At least <see cref="MaxBuckets"/> long, so that a scrape can reuse one buffer.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter.</exception>
    public int CopyTo(Span<LatencyBucket> destination)
    {
        if (destination.Length < MaxBuckets)
        {
            var refusal = $"The buffer holds {destination.Length} buckets; make it {MaxBuckets}.";
            throw new ArgumentException(refusal, nameof(destination));
        }

        var written = 0;
        var counts = Counts;
        for (var i = 0; i < counts.Length; i++)
        {
            // Read once: it may change between the test and the copy.
            var count = counts[i];
            if (count > 0)
            {
                destination[written++] = new LatencyBucket(LatencyScale.MidpointMicros(i), count);
            }
        }

        return written;
    }

    private static void Add(long[] counts, int index, long count) => Interlocked.Add(ref counts[index], count);

    private long[] CountsToWrite()
    {
        var counts = Volatile.Read(ref _counts);
        if (counts is not null)
        {
            return counts;
        }

        // The loser of a race counts into the winner's array.
        var mine = new long[MaxBuckets];
        return Interlocked.CompareExchange(ref _counts, mine, null) ?? mine;
    }
}
