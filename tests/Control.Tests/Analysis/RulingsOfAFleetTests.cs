using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>What is told of a ruling that other replicas' reports led to: the figures that decided.</summary>
public sealed class RulingsOfAFleetTests
{
    private static readonly JudgeSettings Strict =
        JudgeSettings.For(1e-3, 0.005) with { MaxRatioToStable = null, Attribution = null, HarmCap = null };

    [Fact]
    public void The_odds_are_those_that_decided_and_not_what_later_good_responses_left_of_them()
    {
        foreach (var seed in Enumerable.Range(1, 3000))
        {
            // Both replicas some way over the limit, so that some rulings fall only when all have told up to the failure.
            var (random, judge, other, ruling) = (new Random(seed), new Judge(Strict), default(Tally), default(Ruling));
            var pool = new EvidencePool(judge, TimeSpan.Zero) { Peers = 1 };
            for (var step = 0; step < 400 && ruling.Cause == Cause.None; step++)
            {
                var now = TimeSpan.FromMilliseconds(10 * (step + 1));
                judge.CanaryGood(2);
                ruling = random.NextDouble() < 0.03 ? judge.CanaryFailed(now, 0.5) : default;
                var failed = random.NextDouble() < 0.03;
                other += default(Tally) with { CanaryGood = 2, CanaryBad = failed ? 1 : 0 };
                if (ruling.Cause == Cause.None && (failed || step % 25 == 0))
                {
                    ruling = pool.Take("other", other, TimeSpan.Zero, now, 0.5, out _);
                }
            }

            Assert.True(ruling.Cause == Cause.None || ruling.Level >= 1000, $"{seed}: {ruling}");
        }
    }

    [Fact]
    public void A_run_of_failures_is_as_long_as_it_was_whatever_its_report_goes_on_with()
    {
        var judge = new Judge(Strict with { ConsecutiveFailures = 3 });
        var report = default(Tally) with { CanaryGood = 1, CanaryBad = 4, StableGood = 9 };
        var ruling = new EvidencePool(judge, TimeSpan.Zero) { Peers = 1 }.Take("other", report, TimeSpan.Zero, TimeSpan.FromSeconds(1), 0.5, out _);
        Assert.Equal((Cause.Consecutive, new Stretch(3, 3, ruling.Stretch.FirstBadAt), 3d), (ruling.Cause, ruling.Stretch, ruling.Level));
    }
}
