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
    [InlineData(50, 1.0, 0)]
    [InlineData(50, 0.2, 0)]
    [InlineData(5, 1.0, 0)]
    [InlineData(50, 0.05, 0)]
    [InlineData(50, 1.0, 500)]
    [InlineData(500, 1.0, 500)]
    public void Sixteen_replicas_need_at_most_a_quarter_more_errors_than_one(double perSecond, double failing, int healthy)
    {
        double Mean(int replicas, bool pooled, int runs) => Enumerable.Range(1, runs)
            .Average(seed => new SimulatedFleet(replicas, 1e-3, seed) { Pooled = pooled, Healthy = healthy }.Run(perSecond, failing, healthy + 2500).Errors);

        var (one, pooled, apart) = (Mean(1, true, 100), Mean(16, true, 100), Mean(16, false, runs: 5));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{perSecond} rps, {failing:P0} after {healthy}: one {one:F2}, 16 pooled {pooled:F2} ({pooled / one:F2}x), 16 apart {apart:F1}");
        Assert.InRange(pooled / one, 0.5, 1.25);
        Assert.True(apart > 2 * one, $"16 replicas apart needed only {apart} errors");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Good_responses_that_are_told_late_do_not_look_like_a_failing_arm(bool ofStable)
    {
        // Exactly at the limit, where false alarms are likeliest; the most sensitive dial, so that there are enough to count.
        const int runs = 800;
        int Alarmed(int replicas) => Enumerable.Range(1, runs)
            .Select(seed => new SimulatedFleet(replicas, 1e-2, seed) { OfStable = ofStable }.Run(3000, 0.005, 1000))
            .Count(fleet => fleet.RolledBack || fleet.StableAlarmedAfter is not null);

        var (one, sixteen) = (Alarmed(1), Alarmed(16));
        TestContext.Current.TestOutputHelper?.WriteLine($"of {runs} alarmed: one {one}, sixteen {sixteen}");
        Assert.True(sixteen <= one + (2 * Math.Sqrt(one)), $"{sixteen} of {runs} against {one} of one replica");
    }

    [Fact]
    public void Reports_that_are_lost_doubled_or_late_end_in_the_same_counts() =>
        Gen.Select(Tallies.List[1, 6], Gen.Shuffle(Enumerable.Range(0, 12).ToArray())).Sample((steps, order) =>
    {
        var sums = new List<Tally>();
        steps.ForEach(step => sums.Add(sums.Count == 0 ? step : sums[^1] + step));
        var pool = Pool();
        foreach (var index in order)
        {
            pool.Take("other", sums[index % sums.Count], TimeSpan.Zero, TimeSpan.FromSeconds(index), 0.5, out _);
        }

        return pool.Others == sums[^1] && pool.Own == default;
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_did_not_suffice_for_one_that_is_cut_off_is_judged_again_when_it_hears_the_others(bool settledMeanwhile)
    {
        var judge = new Judge(Strict);
        var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = 1 };
        Ruling Hear(double seconds) => pool.Take("other", default, TimeSpan.Zero, TimeSpan.FromSeconds(seconds), 0.5, out _);
        Hear(0.1);
        judge.CanaryGood(100);

        // In a fleet so large that three failures do not suffice for a replica by itself.
        pool.DecideAlone(1_000_000);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Cause.None, judge.CanaryFailed(TimeSpan.FromSeconds(0.2 + (i / 1000.0)), 0.5).Cause));
        if (settledMeanwhile)
        {
            Assert.Equal(Cause.None, Hear(1).Cause);
        }

        pool.DecideAlone(1);
        Assert.True(Hear(1.5).EndsCanary);
    }

    [Fact]
    public void Whatever_is_told_late_is_judged_where_it_happened() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 30].Array[4]).Array[2, 10].Sample(failures =>
        {
            // At each failure every replica tells what it had until then, some failures later; its own failures at once.
            var (one, judge) = (new Judge(Strict), new Judge(Strict));
            var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = 3 };
            var sums = new Tally[4];
            var late = new Queue<(TimeSpan Until, Tally Tally, int Due)>[] { new(), new(), new(), new() };
            for (var i = 0; i < failures.Length; i++)
            {
                var (by, lag, good) = failures[i];
                var now = TimeSpan.FromMilliseconds(20 * (i + 1));
                Add(judge, good[0]);
                Tell(i, now, by);
                for (var r = 0; r < 4; r++)
                {
                    sums[r] += default(Tally) with { CanaryGood = good[r], CanaryBad = r == by ? 1 : 0 };
                    Add(one, good[r]);
                }

                one.CanaryFailed(now, 0.1);
                _ = by == 0 ? judge.CanaryFailed(now, 0.1) : pool.Take($"{by}", sums[by], TimeSpan.Zero, now, 0.1, out _);
                for (var r = 1; r < 4; r++)
                {
                    late[r].Enqueue((now, sums[r], i + lag));
                }
            }

            Tell(int.MaxValue, TimeSpan.FromMilliseconds(20 * failures.Length), 0);
            Vectors.AssertClose(one.Errors!.Level, judge.Errors!.Level, failures.Length);

            void Tell(int due, TimeSpan now, int all)
            {
                for (var r = 1; r < 4; r++)
                {
                    while (late[r].TryPeek(out var report) && (r == all || report.Due <= due))
                    {
                        late[r].Dequeue();
                        pool.Take($"{r}", report.Tally, now - report.Until, now, 0.1, out _);
                    }
                }
            }
        });

    [Fact]
    public void A_report_of_no_failure_can_be_what_suffices()
    {
        // The other one was busy and has been silent for 200 ms: three failures in that time may have forty good responses between them.
        var judge = new Judge(Strict);
        var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = 1 };
        for (var told = 0; told <= 10; told++)
        {
            pool.Take("busy", default(Tally) with { CanaryGood = 20 * told }, TimeSpan.Zero, TimeSpan.FromMilliseconds(100 * told), 0.1, out _);
        }

        for (var failure = 1; failure <= 3; failure++)
        {
            Assert.Equal(Cause.None, judge.CanaryFailed(TimeSpan.FromMilliseconds(1000 + (60 * failure)), 0.1).Cause);
        }

        Assert.Equal(
            Cause.Errors,
            pool.Take(
                "busy",
                default(Tally) with { CanaryGood = 200 },
                TimeSpan.Zero,
                TimeSpan.FromMilliseconds(1190),
                0.1,
                out _).Cause);
    }

    [Fact]
    public void No_call_allocates()
    {
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005, 0.05));
        var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = 31 };
        var tally = default(Tally);
        var now = TimeSpan.Zero;
        Assert.Equal(0, Allocated.Bytes(500, () =>
        {
            now += TimeSpan.FromMilliseconds(3);
            tally += new Tally(40, 1, 1, 200, 1, 1, 40, 1, 1, 200, 1, 1);
            pool.Take("other", tally, TimeSpan.Zero, now, 0.1, out _);
            judge.CanaryGood();
            judge.CanaryFailed(now, 0.1);
        }));
    }

    [Fact]
    public void What_a_replica_says_of_itself_does_not_contain_what_it_heard()
    {
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005));
        var pool = new EvidencePool(judge, TimeSpan.Zero);
        pool.Take("a", new Tally(100, 1, 1, 200, 2, 2, 0, 0, 0, 0, 0, 0), TimeSpan.Zero, TimeSpan.Zero, 0.3, out _);
        judge.CanaryGood(7);
        judge.StableFailed(TimeSpan.Zero, 0.3);
        Assert.Equal(new Tally(7, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0), pool.Own);
    }

    [Fact]
    public void A_long_history_that_arrives_at_once_is_no_burst()
    {
        // A replica that starts late hears twenty thousand responses in one report; 40 bad ones in a row would be a dead canary.
        var ruling = Pool().Take("elder", new Tally(20_000, 40, 40, 60_000, 100, 100, 0, 0, 0, 0, 0, 0), TimeSpan.Zero, TimeSpan.Zero, 0.25, out _);
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
    public void A_comparison_of_p95s_asks_for_more_evidence_the_more_replicas_do_not_tell_what_was_slow()
    {
        // An older version's sums say nothing of it.
        static int Needed(int peers, int telling = 0)
        {
            var judge = new Judge(JudgeSettings.For(1e-3, 0.005) with { LatencyRatioToStable = 1.5 });
            var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = peers };
            pool.DecideAlone(1);
            for (var i = 0; i < peers; i++)
            {
                pool.Take($"r{i}", new Tally() with { StableGood = 1, Comparing = i < telling ? 1 : 0 }, TimeSpan.Zero, TimeSpan.Zero, 0.1, out _);
            }

            for (var i = 0; i < 1000; i++)
            {
                judge.StableLatency(TimeSpan.FromMilliseconds(10), 0.1);
            }

            for (var slow = 1; ; slow++)
            {
                if (judge.CanaryLatency(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(slow), 0.1).EndsCanary
                    || pool.Compare(TimeSpan.FromSeconds(slow), 0.1).EndsCanary)
                {
                    return slow;
                }
            }
        }

        Assert.InRange(Needed(1000) - Needed(0), 1, 5);
        Assert.InRange(Needed(1000, telling: 1) - Needed(0), 1, 5);
        Assert.InRange(Needed(1000, telling: 1000) - Needed(0), 0, 1);
    }

    [Theory]
    [InlineData(0.1, 3.0)]
    [InlineData(0.5, 3.0)]
    public void Sixteen_replicas_need_at_most_a_quarter_more_responses_than_one_where_p95s_are_compared(double weight, double slower)
    {
        // Beats are a quarter of a second apart, in which fifty requests a second are a dozen.
        double Mean(int replicas, int seed) =>
            Enumerable.Range(seed, 100).Average(one => new ComparingFleet(replicas, 50, one).Needed(1e-3, weight, slower, 20_000)!.Value);

        var (one, sixteen) = (Mean(1, 1), Mean(16, 1));
        Assert.InRange(sixteen / one, 0.75, 1.25);
    }

    [Fact]
    public void Slow_responses_of_both_arms_that_arrive_at_once_are_no_slow_canary()
    {
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005) with { LatencyRatioToStable = 1.5 });
        var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = 1 };
        var told = new Tally() with { CanaryOver = 30, StableOver = 300, Comparing = 1 };
        pool.Take("r2", told, TimeSpan.Zero, TimeSpan.Zero, 0.1, out _);
        Assert.Equal(Cause.None, pool.Compare(TimeSpan.Zero, 0.1).Cause);
        Assert.Equal(default, pool.Own with { Comparing = 0 });
        pool.Take("r2", told with { CanaryOver = 60 }, TimeSpan.Zero, TimeSpan.Zero, 0.1, out _);
        Assert.Equal(Cause.RelativeLatency, pool.Compare(TimeSpan.Zero, 0.1).Cause);
    }

    private static void Add(Judge judge, int good)
    {
        if (good > 0)
        {
            judge.CanaryGood(good);
        }
    }

    private static JudgeSettings Strict =>
        JudgeSettings.For(1e-3, errors: 0.005) with { Attribution = null, MaxRatioToStable = null, HarmCap = null };

    private static EvidencePool Pool() => new(new Judge(JudgeSettings.For(1e-3, 0.005)), TimeSpan.Zero);
}
