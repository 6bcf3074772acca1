using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>Sixteen replicas judge as one would: as early, and no more often without cause.</summary>
public sealed class EvidencePoolTests
{
    private static readonly Gen<Tally> Tallies = Gen.Select(
        Gen.Long[0, 500], Gen.Long[0, 3], Gen.Long[0, 500], Gen.Long[0, 3],
        (good, bad, stableGood, stableBad) => new Tally(good, bad, bad, stableGood, stableBad, stableBad, 0, 0, 0, 0, 0, 0));

    [Theory]
    [InlineData(50, 1.0)]
    [InlineData(50, 0.2)]
    [InlineData(5, 1.0)]
    [InlineData(50, 0.05)]
    public void Sixteen_replicas_need_at_most_a_quarter_more_errors_than_one(double perSecond, double failing)
    {
        double Mean(int replicas, bool pooled, int runs = 40) => Enumerable.Range(1, runs)
            .Average(seed => new SimulatedFleet(replicas, 1e-3, seed) { Pooled = pooled }.Run(perSecond, failing, 2500).Errors);

        var (one, pooled, apart) = (Mean(1, true), Mean(16, true), Mean(16, false, runs: 5));
        TestContext.Current.TestOutputHelper?.WriteLine($"{perSecond} rps, {failing:P0}: one {one:F2}, 16 pooled {pooled:F2} ({pooled / one:F2}x), 16 apart {apart:F1}");
        Assert.InRange(pooled / one, 0.5, 1.25);
        Assert.True(apart > 4 * one, $"16 replicas apart needed only {apart} errors");
    }

    [Fact]
    public void Good_responses_that_are_told_late_do_not_look_like_a_failing_canary()
    {
        // Exactly at the limit, where false rollbacks are likeliest; the most sensitive dial, so that there are enough to count.
        const int runs = 400;
        double Share(int replicas, bool extrapolates) => Enumerable.Range(1, runs)
            .Count(seed => new SimulatedFleet(replicas, 1e-2, seed) { Extrapolates = extrapolates }.Run(500, 0.005, 1000).RolledBack) / (double)runs;

        var (one, extrapolated, naive) = (Share(1, true), Share(16, true), Share(16, false));
        TestContext.Current.TestOutputHelper?.WriteLine($"false rollbacks: one {one:P2}, 16 extrapolating {extrapolated:P2}, 16 without {naive:P2}");
        var noise = 3 * Math.Sqrt(one / runs);
        Assert.True(extrapolated <= one + noise, $"{extrapolated:P2} against {one:P2} of one replica");
        Assert.True(naive > one + noise, $"without extrapolation {naive:P2}: this test could not see the difference");
    }

    [Fact]
    public void Reports_that_are_lost_doubled_or_late_end_in_the_same_counts() => Gen.Select(Tallies.List[1, 6], Gen.Shuffle(Enumerable.Range(0, 12).ToArray())).Sample((steps, order) =>
    {
        var sums = new List<Tally>();
        steps.ForEach(step => sums.Add(sums.Count == 0 ? step : sums[^1] + step));
        var pool = Pool();
        foreach (var index in order)
        {
            pool.Take("other", sums[index % sums.Count], TimeSpan.FromSeconds(index), 0.5, out _);
        }

        return pool.Others == sums[^1] && pool.Own == default;
    });

    [Fact]
    public void What_a_replica_says_of_itself_does_not_contain_what_it_heard()
    {
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005));
        var pool = new EvidencePool(judge, TimeSpan.Zero);
        pool.Take("a", new Tally(100, 1, 1, 200, 2, 2, 0, 0, 0, 0, 0, 0), TimeSpan.Zero, 0.3, out _);
        judge.CanaryGood(7);
        judge.StableFailed(TimeSpan.Zero, 0.3);
        Assert.Equal(new Tally(7, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0), pool.Own);
    }

    [Fact]
    public void A_long_history_that_arrives_at_once_is_no_burst()
    {
        // A replica that starts late hears twenty thousand responses in one report; 40 bad ones in a row would be a dead canary.
        var ruling = Pool().Take("elder", new Tally(20_000, 40, 40, 60_000, 100, 100, 0, 0, 0, 0, 0, 0), TimeSpan.Zero, 0.25, out _);
        Assert.Equal(Cause.None, ruling.Cause);
    }

    [Fact]
    public void A_replica_that_decides_alone_asks_for_as_many_times_the_evidence_as_there_are_replicas()
    {
        static int Needed(int replicas)
        {
            var judge = new Judge(JudgeSettings.For(1e-3, 0.005) with { Attribution = null, MaxRatioToStable = null, HarmCap = null });
            new EvidencePool(judge, TimeSpan.Zero).DecideAlone(replicas);
            for (var failures = 1; ; failures++)
            {
                if (judge.CanaryFailed(TimeSpan.FromSeconds(failures), 0.1).EndsCanary)
                {
                    return failures;
                }
            }
        }

        Assert.Equal(2, Needed(1));
        Assert.InRange(Needed(1000), 3, 4);
    }

    [Fact]
    public void A_comparison_of_p95s_that_each_replica_makes_by_itself_asks_for_more_evidence_the_more_of_them_do()
    {
        static int Needed(int peers)
        {
            var judge = new Judge(JudgeSettings.For(1e-3, 0.005) with { LatencyRatioToStable = 1.5 });
            var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = peers };
            pool.DecideAlone(1);
            for (var i = 0; i < 1000; i++)
            {
                judge.StableLatency(TimeSpan.FromMilliseconds(10), 0.1);
            }

            for (var slow = 1; ; slow++)
            {
                if (judge.CanaryLatency(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(slow), 0.1).EndsCanary)
                {
                    return slow;
                }
            }
        }

        Assert.InRange(Needed(1000) - Needed(0), 1, 5);
    }

    private static EvidencePool Pool() => new(new Judge(JudgeSettings.For(1e-3, 0.005)), TimeSpan.Zero);
}
