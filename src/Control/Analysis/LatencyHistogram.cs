namespace Snapback.Control.Analysis;

/// <summary>
/// Latencies of one arm from 0 to 134 s, within 0.4 %. For display only: the judge counts slow responses and needs no
/// histogram. Thread-safe; recording never waits, and allocates a kilobyte at the first response of each doubling: an arm's latencies are
/// in a few of the 21, and ten thousand rollouts have four histograms each. Reads see each bucket whole, but not all buckets at one instant.
/// </summary>
public sealed class LatencyHistogram
{
    /// <summary>How many buckets <see cref="CopyTo"/> may write at most.</summary>
    public const int MaxBuckets = LatencyScale.Buckets;

    private const int PageBits = LatencyScale.Bits;
    private const int PageSize = 1 << PageBits;

    /// <summary>By doubling; null where nothing was recorded.</summary>
    private long[]?[]? _pages;

    /// <summary>Latencies recorded. Summed on read, so that recording is one interlocked add and not two.</summary>
    public long Count
    {
        get
        {
            var total = 0L;
            foreach (var page in Pages)
            {
                foreach (var count in page ?? [])
                {
                    total += count;
                }
            }

            return total;
        }
    }

    /// <summary>What is in a bucket.</summary>
    internal long this[int index] => Pages is { Length: > 0 } pages && pages[index >> PageBits] is { } page ? page[index & (PageSize - 1)] : 0;

    private ReadOnlySpan<long[]?> Pages => Volatile.Read(ref _pages);

    /// <summary>Counts one latency; a negative one as 0, one above 134 s as 134 s.</summary>
    public void Record(TimeSpan latency) => Record(latency.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc cref="Record(TimeSpan)"/>
    public void Record(long micros) => Add(LatencyScale.IndexOf(micros), 1);

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
        for (var i = 0; i < MaxBuckets; i++)
        {
            left -= this[i];
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
        for (var i = 0; i < MaxBuckets; i++)
        {
            if (other[i] is > 0 and var count)
            {
                Add(i, count);
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
        for (var i = 0; i < MaxBuckets; i++)
        {
            // Read once: it may change between the test and the copy.
            if (this[i] is > 0 and var count)
            {
                destination[written++] = new LatencyBucket(LatencyScale.MidpointMicros(i), count);
            }
        }

        return written;
    }

    private void Add(int index, long count) => Interlocked.Add(ref PageToWrite(index >> PageBits)[index & (PageSize - 1)], count);

    private long[] PageToWrite(int number)
    {
        var pages = Volatile.Read(ref _pages);
        return pages is not null && Volatile.Read(ref pages[number]) is { } page ? page : NewPage(number);
    }

    private long[] NewPage(int number)
    {
        // The loser of a race counts into the winner's.
        var pages = Volatile.Read(ref _pages) ?? Interlocked.CompareExchange(ref _pages, new long[]?[MaxBuckets >> PageBits], null) ?? _pages!;
        return Interlocked.CompareExchange(ref pages[number], new long[PageSize], null) ?? pages[number]!;
    }
}
