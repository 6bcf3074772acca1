using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class RelativeLatencyTests
{
    [Fact]
    public void The_cut_follows_stables_p95()
    {
        var relative = new RelativeLatency(1.2, 1e-3);
        Assert.Null(relative.Cut);
        Assert.False(relative.Canary(TimeSpan.MaxValue, TimeSpan.Zero, 0.05));
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            relative.Stable(TimeSpan.FromMilliseconds(100 * random.NextDouble()), 0.05);
        }

        Assert.InRange(relative.Cut!.Value.TotalMilliseconds, 85, 105);
        for (var i = 0; i < 5_000; i++)
        {
            relative.Stable(TimeSpan.FromMilliseconds(1_000 * random.NextDouble()), 0.05);
        }

        Assert.InRange(relative.Cut!.Value.TotalMilliseconds, 850, 1_050);
    }

    [Theory]
    [InlineData(1.5, 900)]
    [InlineData(2, 110)]
    [InlineData(5, 12)]
    public void A_slower_canary_is_found(double slower, int meanAtMost)
    {
        const int runs = 40;
        var requests = Enumerable.Range(0, runs).Sum(seed => RequestsUntilFired(seed, slower, false, 20_000)!.Value);
        Assert.InRange(requests / (double)runs, 2, meanAtMost);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.2)]
    public void One_within_the_factor_is_left_alone_also_in_common_slow_downs(double slower)
    {
        for (var seed = 100; seed < 120; seed++)
        {
            Assert.Null(RequestsUntilFired(seed, slower, commonSlowDowns: true, 3_000));
        }
    }

    [Fact]
    public void Hostile_latencies_leave_it_sane()
    {
        var relative = new RelativeLatency(1.2, 1e-3);
        TimeSpan[] latencies = [TimeSpan.MinValue, TimeSpan.Zero, TimeSpan.MaxValue, TimeSpan.FromTicks(-1)];
        for (var i = 0; i < 10_000; i++)
        {
            relative.Stable(latencies[i % 4], 0.5);
            relative.Canary(latencies[(i + i / 4) % 4], TimeSpan.Zero, 0.5);
            Assert.True(double.IsFinite(relative.Slow.Level));
            Assert.True(relative.Cut is null || relative.Cut >= TimeSpan.Zero);
        }
    }

    [Fact]
    public void Slow_responses_that_were_told_together_are_all_in_the_sentence()
    {
        var settings = JudgeSettings.For(1e-3, 0.005) with { LatencyRatioToStable = 1.5 };
        var pool = new EvidencePool(new Judge(settings), TimeSpan.Zero) { Peers = 1 };
        var told = new Tally() with { Comparing = 1 };
        var ruling = default(Ruling);
        while (!ruling.EndsCanary)
        {
            told = told with { CanaryOver = told.CanaryOver + 2, StableOver = told.StableOver + 4 };
            pool.Take("r2", told, TimeSpan.Zero, TimeSpan.Zero, 0.1, out _);
            ruling = pool.Compare(TimeSpan.Zero, 0.1);
        }

        Assert.Equal(Cause.RelativeLatency, ruling.Cause);
        Assert.InRange(ruling.Stretch.Failures / (double)ruling.Stretch.Responses, 0.3, 0.5);
        Assert.Equal(told.CanaryOver, ruling.Stretch.Failures);
    }

    /// <summary>Canary requests at w = 5 %, after 5,000 requests with a canary like stable.</summary>
    private static int? RequestsUntilFired(int seed, double slower, bool commonSlowDowns, int most)
    {
        var random = new Random(seed);
        var relative = new RelativeLatency(1.2, 1e-3);
        var canary = 0;
        for (var i = 0; canary < most; i++)
        {
            // Log-normal, as latencies are: Box & Muller.
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var common = commonSlowDowns && i / 2_000 % 3 == 2 ? 4 : 1;
            var latency = TimeSpan.FromMilliseconds(20 * common * Math.Exp(0.5 * normal));
            if (random.NextDouble() >= 0.05)
            {
                relative.Stable(latency, 0.05);
            }
            else if (i < 5_000)
            {
                Assert.False(relative.Canary(latency, TimeSpan.Zero, 0.05));
            }
            else
            {
                canary++;
                if (relative.Canary(latency * slower, TimeSpan.Zero, 0.05))
                {
                    return canary;
                }
            }
        }

        return null;
    }
}
