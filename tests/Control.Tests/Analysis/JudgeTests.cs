using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class JudgeTests
{
    private static readonly JudgeSettings Balanced = JudgeSettings.For(1e-3, 0.005, 0.05);

    private readonly Judge _judge = new(Balanced);

    [Fact]
    public void A_canary_dead_from_the_start_is_ended_by_its_second_failure()
    {
        _judge.StableGood(40);
        Assert.Equal(default, _judge.CanaryFailed(At(1), 0.05));
        _judge.StableGood(20);
        var ruling = _judge.CanaryFailed(At(2), 0.05);
        Assert.Equal(Cause.Errors, ruling.Cause);
        Assert.Equal(new Stretch(2, 2, At(1)), ruling.Stretch);
        Assert.Equal(new StableCounts(20, 0), ruling.Stable);
        Assert.True(ruling.Level >= 1000 && ruling.BlamesCanary);
    }

    [Fact]
    public void Three_slow_responses_from_the_start_break_a_p95()
    {
        Assert.Equal(default, _judge.CanarySlow(At(1), 0.05));
        Assert.Equal(default, _judge.CanarySlow(At(2), 0.05));
        var ruling = _judge.CanarySlow(At(3), 0.05);
        Assert.Equal((Cause.Latency, new Stretch(3, 3, At(1))), (ruling.Cause, ruling.Stretch));
    }

    [Fact]
    public void A_worse_canary_within_its_budget_is_told_by_the_share_of_failures()
    {
        Ruling ruling;
        var failures = 0;
        do
        {
            _judge.CanaryGood(250);
            _judge.StableGood(4_750);
            ruling = _judge.CanaryFailed(At(++failures), 0.05);
        }
        while (!ruling.EndsCanary);
        Assert.Equal((Cause.Relative, 4), (ruling.Cause, failures));
        Assert.Equal(new Stretch(4, 4, At(1)), ruling.Stretch);
        Assert.Equal(new StableCounts(14_250, 0), ruling.Stable);
    }

    [Fact]
    public void A_canary_slower_than_stable_is_found_when_asked_for()
    {
        var judge = new Judge(Balanced with { LatencyRatioToStable = 1.2 });
        for (var i = 0; i < 100; i++)
        {
            judge.StableLatency(TimeSpan.FromMilliseconds(20), 0.05);
        }

        var ruling = default(Ruling);
        for (var i = 1; i <= 10 && !ruling.EndsCanary; i++)
        {
            Assert.Equal(default, judge.CanaryLatency(TimeSpan.FromMilliseconds(20), At(i), 0.05));
            ruling = judge.CanaryLatency(TimeSpan.FromMilliseconds(100), At(i), 0.05);
        }

        Assert.Equal(Cause.RelativeLatency, ruling.Cause);
        Assert.Null(ruling.Stable);
        Assert.Equal(default, _judge.CanaryLatency(TimeSpan.FromHours(1), At(1), 0.05));
    }

    [Fact]
    public void Failures_in_a_row_replace_the_evidence_when_asked_for()
    {
        var judge = new Judge(Balanced with { ConsecutiveFailures = 5, MaxRatioToStable = null });
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal(default, judge.CanaryFailed(At(i), 0.05));
        }

        Assert.Equal(0.8, judge.Meter, 1e-9);
        judge.CanaryGood();
        Assert.InRange(judge.Meter, 0, 4 / 50d);
        Assert.Equal(
            [Cause.None, Cause.None, Cause.None, Cause.None, Cause.Consecutive],
            Enumerable.Range(10, 5).Select(i => judge.CanaryFailed(At(i), 0.05).Cause));
        Assert.Equal(new Stretch(6, 6, At(10)), judge.CanaryFailed(At(20), 0.05).Stretch);
    }

    [Fact]
    public void Without_budgets_only_the_comparison_is_left()
    {
        var judge = new Judge(new JudgeSettings(null, null));
        judge.CanaryGood();
        judge.CanaryFast();
        judge.CanarySlow(At(0), 0.05);
        Assert.Equal(
            [Cause.None, Cause.None, Cause.None, Cause.Relative],
            Enumerable.Range(0, 4).Select(i => judge.CanaryFailed(At(i), 0.05).Cause));
        Assert.True(judge.Readiness.Proved);
        Assert.Throws<ArgumentOutOfRangeException>(() => judge.CanaryGood(0));
    }

    [Fact]
    public void More_load_is_a_new_start()
    {
        _judge.CanaryGood(20_000);
        _judge.StableGood(380_000);
        _judge.RaiseLoad();
        _judge.CanaryFailed(At(1), 0.2);
        _judge.CanaryFailed(At(2), 0.2);
        Assert.Equal(Cause.Errors, _judge.CanaryFailed(At(3), 0.2).Cause);
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
