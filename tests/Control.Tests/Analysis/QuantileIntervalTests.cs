using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class QuantileIntervalTests
{
    [Fact]
    public void A_p95_has_an_upper_bound_from_116_responses_on()
    {
        var latencies = new LatencyHistogram();
        for (var i = 0; i < 115; i++)
        {
            latencies.Record(1_000);
        }

        Assert.Null(QuantileInterval.Of(latencies, 0.95).Upper);
        latencies.Record(1_000);
        Assert.InRange(QuantileInterval.Of(latencies, 0.95).Upper!.Value.TotalMicroseconds, 1_000, 1_008);
    }

    [Fact]
    public void An_empty_histogram_says_nothing() =>
        Assert.Equal(new QuantileInterval(TimeSpan.Zero, null), QuantileInterval.Of(new LatencyHistogram(), 0.5));

    [Fact]
    public void What_is_slower_than_the_scale_has_no_upper_bound()
    {
        var latencies = new LatencyHistogram();
        for (var i = 0; i < 1_000; i++)
        {
            latencies.Record(TimeSpan.FromMinutes(5));
        }

        var (lower, upper) = QuantileInterval.Of(latencies, 0.95);
        Assert.Null(upper);
        Assert.InRange(lower.TotalSeconds, 130, 135);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    public void It_holds_the_true_quantile_at_every_moment_and_closes_in_on_it(double q)
    {
        const int runs = 60;
        var random = new Random(9);
        var missed = 0;
        for (var run = 0; run < runs; run++)
        {
            var latencies = new LatencyHistogram();
            var outside = false;
            for (var n = 1; n <= 5_000; n++)
            {
                latencies.Record((long)(random.NextDouble() * 100_000));
                outside |= n % 250 == 0 && !Holds(QuantileInterval.Of(latencies, q), q * 100_000);
            }

            missed += outside ? 1 : 0;
            var (lower, upper) = QuantileInterval.Of(latencies, q);
            Assert.True((upper!.Value - lower).TotalMicroseconds < 9_000);
        }

        // 5 % of 60, and two standard errors.
        Assert.InRange(missed, 0, 6);
    }

    private static bool Holds(QuantileInterval interval, double micros) =>
        interval.Lower.TotalMicroseconds <= micros && (interval.Upper is not { } upper || upper.TotalMicroseconds >= micros);
}
