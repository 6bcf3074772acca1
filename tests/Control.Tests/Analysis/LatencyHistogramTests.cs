using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class LatencyHistogramTests
{
    private static readonly Gen<long> Latencies = Gen.Double[0, 26].Select(octave => (long)Math.Pow(2, octave));

    [Fact]
    public void An_empty_histogram_has_no_quantile_and_no_buckets()
    {
        var histogram = new LatencyHistogram();
        Assert.Null(histogram.Quantile(0.95));
        Assert.Equal(0, histogram.Count);
        Assert.Empty(Buckets(histogram));
    }

    [Fact]
    public void Quantiles_agree_with_sorting_within_a_256th() =>
        Gen.Select(Latencies.Array[1, 200], Gen.Double[0, 1]).Sample((latencies, q) =>
        {
            var histogram = Of(latencies);
            var exact = latencies.Order().ElementAt(Math.Max(1, (int)Math.Ceiling(q * latencies.Length)) - 1);
            Assert.Equal(exact, histogram.Quantile(q)!.Value.TotalMicroseconds, exact / 256d);
        });

    [Fact]
    public void Merging_is_recording_into_one() =>
        Gen.Select(Gen.Long[0, 200_000_000].Array[0, 50], Gen.Long[0, 200_000_000].Array[0, 50]).Sample((ours, theirs) =>
        {
            var merged = Of(ours);
            merged.Merge(Of(theirs));
            Assert.Equal(Buckets(Of([.. ours, .. theirs])), Buckets(merged));
            Assert.Equal(ours.Length + theirs.Length, merged.Count);
        });

    [Fact]
    public void Buckets_that_are_not_empty_are_copied_fastest_first() =>
        Assert.Equal([new LatencyBucket(5, 2), new LatencyBucket(256.5, 1)], Buckets(Of([256, 5, 5])));

    [Fact]
    public void A_time_span_is_counted_in_microseconds()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMicroseconds(100));
        Assert.Equal(TimeSpan.FromMicroseconds(100), histogram.Quantile(0.5));
    }

    [Fact]
    public void A_bucket_holds_more_than_an_int()
    {
        var histogram = Of([7]);
        for (var i = 0; i < 40; i++)
        {
            histogram.Merge(histogram);
        }

        Assert.Equal([new LatencyBucket(7, 1L << 40)], Buckets(histogram));
    }

    [Fact]
    public void Concurrent_first_records_are_all_counted()
    {
        for (var round = 0; round < 50; round++)
        {
            var histogram = new LatencyHistogram();
            Parallel.For(0, 64, i => histogram.Record(i));
            Assert.Equal(64, histogram.Count);
        }
    }

    [Fact]
    public void Recording_and_copying_allocate_nothing_after_the_first_response()
    {
        var histogram = Of([1]);
        var buffer = new LatencyBucket[LatencyHistogram.MaxBuckets];
        var value = 0;
        Assert.Equal(0, Allocated.Bytes(100, () =>
        {
            histogram.Record(value++ % 100);
            histogram.CopyTo(buffer);
            histogram.Quantile(0.95);
        }));
    }

    [Fact]
    public void Quantiles_that_are_none_and_buffers_too_short_are_refused()
    {
        var histogram = Of([1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Quantile(1.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Quantile(double.NaN));
        Assert.Throws<ArgumentException>(() => histogram.CopyTo(new LatencyBucket[10]));
    }

    private static LatencyHistogram Of(long[] latencies)
    {
        var histogram = new LatencyHistogram();
        Array.ForEach(latencies, histogram.Record);
        return histogram;
    }

    private static LatencyBucket[] Buckets(LatencyHistogram histogram)
    {
        var buffer = new LatencyBucket[LatencyHistogram.MaxBuckets];
        return buffer[..histogram.CopyTo(buffer)];
    }
}
