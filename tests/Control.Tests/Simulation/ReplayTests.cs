using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Simulation;
using Xunit;

namespace Snapback.Control.Tests.Simulation;

public sealed class ReplayTests
{
    private static readonly RolloutPlan Plan = DefaultPlan.For("payments-api", "payments-stable", "payments-canary");

    private static readonly RolloutPlan WithLatency =
        Plan with { Objectives = [.. Plan.Objectives, new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400))] };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_record_fires_at_the_failure_at_which_the_detector_does(int seed)
    {
        var dice = new Dice((ulong)seed);
        bool[] fails = [.. Enumerable.Range(0, 5000).Select(i => dice.Chance(i < 2000 ? 0.001 : 0.03))];
        var (detector, firesAt) = (new Detector(DetectorSettings.For(0.005, 1e-3)), 0);
        for (var i = 0; firesAt == 0; i++)
        {
            if (!fails[i])
            {
                detector.Good();
            }
            else if (detector.Bad(TimeSpan.Zero))
            {
                firesAt = i + 1;
            }
        }

        var end = Replayed(Plan, fails.Select(failed => Line(failed ? "failure" : "success"))).End!;

        Assert.Equal((firesAt, firesAt, Cause.Errors), (end.Line, end.Response, end.Ruling.Cause));
        Assert.Equal(fails.Take(firesAt).Count(failed => failed), end.Failure);
        Assert.Equal(fails.Skip(firesAt).Count(failed => failed), end.LaterFailures);
        Assert.StartsWith("Rolled back payments-canary (100% → 0%): ", end.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Slow_answers_fire_in_their_order()
    {
        var end = Replayed(WithLatency, Enumerable.Repeat(Line("success", ms: 1000), 5)).End!;

        Assert.Equal((3, 3, Cause.Latency), (end.Line, end.SlowOnes, end.Ruling.Cause));
        Assert.Contains("took longer than 400 ms", end.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Slow_answers_of_the_warm_up_are_left_out_as_in_production()
    {
        var end = Replayed(
            WithLatency with { Judge = JudgeTerms.Default with { WarmUp = 20 } },
            Enumerable.Repeat(Line("success", ms: 1000), 25)).End!;

        Assert.Equal((23, Cause.Latency), (end.Line, end.Ruling.Cause));
    }

    [Fact]
    public void A_good_record_goes_on_and_tells_how_near_it_came()
    {
        var report = Replayed(Plan, [.. Enumerable.Repeat(Line("success"), 1000), Line("failure"), Line("neutral"), Line("success")]);

        Assert.Null(report.End);
        Assert.Equal(new ArmTally(1001, 1, 1, 0), report.Canary);
        Assert.InRange(report.Nearest, 0, 0.5);
        Assert.Equal(1, report.Weight);
    }

    [Fact]
    public void Failures_that_stable_has_too_are_blamed_on_nobody()
    {
        var lines = Enumerable.Range(0, 4000).Select(i =>
            Line(i > 2000 ? "failure" : "success", i % 20 == 0 ? "canary" : "stable", t: i * 0.01, w: 0.05));

        // Without the cap, which would end the grace at the 50th failure too many.
        var report = Replay.Run(Plan, RecordReader.Read(lines), settings: JudgeSettings.For(1e-3, 0.005) with { HarmCap = null });

        Assert.NotNull(report.SharedAt);
        Assert.Equal(Cause.SharedGraceOver, report.End!.Ruling.Cause);
        Assert.InRange(report.End.Seconds - report.SharedAt.Value, 10, 10.2);
    }

    [Fact]
    public void Two_logs_are_put_in_the_order_of_their_times()
    {
        var canary = RecordReader.Read(Enumerable.Range(0, 10).Select(i => Line("failure", t: 100 + i)));
        var stable = RecordReader.Read(Enumerable.Range(0, 1000).Select(i => Line("success", t: i)), isCanary: false);

        var report = Replay.Run(Plan, canary, stable);

        Assert.Equal((2, 101), (report.End!.Line, report.End.Seconds));
        Assert.Equal(1000, report.Stable.Responses);
        Assert.Equal(10 / 1010.0, report.Weight, 1e-12);
    }

    [Fact]
    public void An_empty_record_says_nothing() => Assert.Null(Replayed(Plan, []).End);

    private static ReplayReport Replayed(RolloutPlan plan, IEnumerable<string> lines) => Replay.Run(plan, RecordReader.Read(lines));

    private static string Line(string outcome, string? arm = null, double? t = null, double? ms = null, double? w = null) =>
        System.Text.Json.JsonSerializer.Serialize(new { outcome, arm, t, ms, w });
}
