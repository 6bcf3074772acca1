using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>What the judge promises about blame, on seeded traffic: p0 = 0.5 %, balanced, mostly after 2,000 healthy responses.</summary>
public sealed class JudgeAcceptanceTests(ITestOutputHelper output)
{
    private const int Runs = 500;

    private static readonly JudgeSettings Balanced = JudgeSettings.For(1e-3, 0.005);

    [Theory]
    [InlineData(0.05, 1)]
    [InlineData(0.2, 1)]
    [InlineData(0.5, 1)]
    [InlineData(0.2, 0.3)]
    [InlineData(0.5, 0.3)]
    public void An_outage_of_both_is_hardly_ever_blamed_on_the_canary_and_ends_it_within_the_grace(double weight, double rate)
    {
        var (blamed, provisional) = (0, 0);
        for (var seed = 0; seed < Runs; seed++)
        {
            var traffic = Healthy(weight, seed);
            var ruling = traffic.Run(rate, rate, most: 20_000);
            Assert.True(ruling.EndsCanary);
            provisional += ruling.Provisional ? 1 : 0;
            blamed += ruling.BlamesCanary && !(ruling.Provisional && traffic.StableFollows(ruling, rate, Balanced.SharedGrace)) ? 1 : 0;
        }

        output.WriteLine($"blamed in {blamed} of {Runs}, exonerated in {provisional}");
        Assert.InRange(blamed, 0, Runs / 10);
    }

    [Theory]
    [InlineData(0.05, 0, 3)]
    [InlineData(0.2, 0, 3)]
    [InlineData(0.5, 0, 3)]
    [InlineData(0.9, 0, 3)]
    [InlineData(0.05, 0.02, 6)]
    [InlineData(0.2, 0.02, 6)]
    [InlineData(0.5, 0.02, 6)]
    public void A_dead_canary_always_ends_after_a_few_failures_and_stays_blamed_if_stable_is_well(double weight, double stable, double meanAtMost)
    {
        var (failures, exonerated) = (0, 0);
        for (var seed = 0; seed < Runs; seed++)
        {
            var traffic = Healthy(weight, seed);
            var ruling = traffic.Run(1, stable, most: 1_000);
            Assert.True(ruling.BlamesCanary);
            failures += traffic.CanaryFailures;
            exonerated += ruling.Provisional && traffic.StableFollows(ruling, stable, Balanced.SharedGrace) ? 1 : 0;
        }

        output.WriteLine($"exonerated in {exonerated} of {Runs}");
        Assert.Equal(0, exonerated);

        output.WriteLine($"{failures / (double)Runs} failures");
        Assert.InRange(failures / (double)Runs, 2, meanAtMost);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    public void One_dead_pod_of_five_is_found(double weight)
    {
        var failures = 0;
        for (var seed = 0; seed < Runs; seed++)
        {
            var traffic = Healthy(weight, seed);
            var ruling = traffic.Run(request => request % 5 == 0 ? 1 : 0.001, 0.001, most: 1_000);
            Assert.True(ruling.BlamesCanary);
            failures += traffic.CanaryFailures;
        }

        output.WriteLine($"{failures / (double)Runs} failures");
        Assert.InRange(failures / (double)Runs, 3, 7);
    }

    [Fact]
    public void A_canary_ten_times_worse_than_stable_is_found_though_it_keeps_its_limit()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var traffic = new Traffic(Balanced, 0.05, seed);
            Assert.Equal(Cause.Relative, traffic.Run(0.004, 0.0002, most: 50_000).Cause);
        }
    }

    [Fact]
    public void A_healthy_canary_is_left_alone()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            Assert.Equal(Cause.None, new Traffic(Balanced, 0.2, seed).Run(0.001, 0.001, most: 50_000).Cause);
        }
    }

    [Fact]
    public void A_slow_leak_just_above_the_limit_reaches_the_cap()
    {
        var settings = Balanced with { Errors = DetectorSettings.For(0.005, 1e-5), HarmCap = 25, MaxRatioToStable = null };
        var traffic = new Traffic(settings, 0.2, seed: 4);
        var ruling = traffic.Run(0.0065, 0.001, most: 200_000);
        Assert.Equal(Cause.HarmCap, ruling.Cause);
        Assert.InRange(traffic.CanaryFailures - 0.005 * traffic.CanaryRequests, 25, 26);
    }

    [Theory]
    [InlineData(0UL, true)]
    [InlineData(42UL, false)]
    public void A_retry_storm_of_one_client_counts_once(ulong client, bool rolledBack)
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var judge = Healthy(0.2, seed).Judge;
            var ends = false;
            for (var retry = 0; retry < 20; retry++)
            {
                var now = TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(300 * retry);
                if (judge.CanaryClients.Counts(client, now))
                {
                    ends |= judge.CanaryFailed(now, 0.2, byCoin: true, client).EndsCanary;
                }
            }

            Assert.Equal(rolledBack, ends);
        }
    }

    private static Traffic Healthy(double weight, int seed)
    {
        var traffic = new Traffic(Balanced, weight, seed);
        Assert.Equal(Cause.None, traffic.Run(0.001, 0.001, most: 2_000).Cause);
        return traffic;
    }
}
