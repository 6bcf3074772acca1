using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class LatencyScaleTests
{
    private const long Highest = 134_217_727;

    [Fact]
    public void Buckets_meet_the_reference()
    {
        foreach (var record in Vectors.Of("latency_bucket"))
        {
            var index = LatencyScale.IndexOf(record.Whole("us"));
            Assert.Equal(record.Whole("index"), index);
            Vectors.AssertClose(record.Number("value"), LatencyScale.MidpointMicros(index), record);
        }
    }

    [Fact]
    public void A_midpoint_is_within_a_256th_of_every_latency_in_its_bucket() =>
        Gen.Double[0, 27].Select(octave => Math.Min(Highest, (long)Math.Pow(2, octave))).Sample(us =>
            Math.Abs(LatencyScale.MidpointMicros(LatencyScale.IndexOf(us)) - us) <= us / 256d);

    [Fact]
    public void Buckets_follow_each_other_without_a_gap()
    {
        for (var index = 0; index < LatencyScale.Buckets; index++)
        {
            Assert.Equal(index, LatencyScale.IndexOf((long)LatencyScale.MidpointMicros(index)));
        }

        Assert.Equal(LatencyScale.Buckets - 1, LatencyScale.IndexOf(Highest));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(Highest + 1, LatencyScale.Buckets - 1)]
    [InlineData(long.MaxValue, LatencyScale.Buckets - 1)]
    public void Latencies_beyond_the_scale_fall_into_its_first_or_last_bucket(long us, int index) =>
        Assert.Equal(index, LatencyScale.IndexOf(us));
}
