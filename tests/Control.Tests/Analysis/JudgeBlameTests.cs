using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>Whose fault an alarm is, and what happens until that is known.</summary>
public sealed class JudgeBlameTests
{
    private static readonly JudgeSettings Balanced = JudgeSettings.For(1e-3, 0.005, 0.05);

    private readonly Judge _judge = new(Balanced);

    [Theory]
    [InlineData(0.05, false)]
    [InlineData(0.2, true)]
    [InlineData(0.5, true)]
    [InlineData(0.9, true)]
    [InlineData(1, false)]
    public void At_every_weight_two_failures_without_one_of_stables_are_enough_and_provisional_where_they_prove_little(
        double weight, bool provisional)
    {
        _judge.StableFailed(At(0), weight);
        Assert.Equal(default, _judge.CanaryFailed(At(1), weight));
        var ruling = _judge.CanaryFailed(At(2), weight);
        Assert.Equal((Cause.Errors, true, provisional), (ruling.Cause, ruling.BlamesCanary, ruling.Provisional));
    }

    [Fact]
    public void One_failure_of_stables_in_the_stretch_is_enough_to_wait_for_proof()
    {
        _judge.CanaryFailed(At(1), 0.5);
        _judge.StableFailed(At(1.5), 0.5);
        var rulings = Enumerable.Range(2, 9).Select(i => _judge.CanaryFailed(At(i), 0.5)).ToList();
        var held = rulings.FindIndex(ruling => ruling.EndsCanary);
        Assert.InRange(held, 4, 8);
        Assert.All(rulings[..held], ruling => Assert.Equal((Cause.Shared, false), (ruling.Cause, ruling.Provisional)));
        Assert.Equal((Cause.Errors, false), (rulings[held].Cause, rulings[held].Provisional));
    }

    [Fact]
    public void Where_both_fail_from_the_first_request_on_stables_failures_before_the_canarys_first_count_too()
    {
        for (var i = 0; i < 20; i++)
        {
            _judge.StableFailed(At(i), 0.05);
        }

        _judge.CanaryFailed(At(20), 0.05);
        _judge.StableFailed(At(21), 0.05);
        Assert.Equal(Cause.Shared, _judge.CanaryFailed(At(22), 0.05).Cause);
    }

    [Fact]
    public void Stables_failures_in_the_healthy_time_before_do_not_excuse_a_canary_that_dies()
    {
        for (var i = 0; i < 20; i++)
        {
            _judge.CanaryGood(50);
            _judge.StableGood(950);
            _judge.StableFailed(At(i), 0.05);
        }

        _judge.CanaryFailed(At(20), 0.05);
        _judge.StableFailed(At(21), 0.05);
        _judge.CanaryFailed(At(22), 0.05);
        var ruling = _judge.CanaryFailed(At(23), 0.05);
        Assert.Equal((Cause.Errors, false), (ruling.Cause, ruling.Provisional));
    }

    [Fact]
    public void A_leak_of_both_is_not_the_canarys_because_its_newest_failure_was_the_last()
    {
        var (judge, ruling) = (new Judge(Balanced with { HarmCap = null }), default(Ruling));
        for (var i = 0; ruling.Cause == Cause.None; i++)
        {
            judge.CanaryGood(139);
            judge.StableGood(139);
            judge.StableFailed(At(i), 0.5);
            ruling = judge.CanaryFailed(At(i), 0.5);
        }

        Assert.Equal((Cause.Shared, 63L), (ruling.Cause, ruling.Stable?.Failures));
    }

    [Fact]
    public void A_failure_of_both_is_held_and_withdrawn_after_the_grace_without_blame()
    {
        FailBoth(3, 60);
        Assert.Equal(Cause.Shared, _judge.Tick(At(12.9)).Cause);
        var ruling = _judge.Tick(At(13));
        Assert.Equal((Cause.SharedGraceOver, false), (ruling.Cause, ruling.BlamesCanary));
        Assert.Equal(new Stretch(3, 3, At(2)), ruling.Stretch);
        Assert.Equal(new StableCounts(60, 60), ruling.Stable);
        Assert.Equal(Cause.SharedGraceOver, _judge.CanaryFailed(At(14), 0.05).Cause);
    }

    [Fact]
    public void A_failure_of_both_that_ends_within_the_grace_is_forgotten()
    {
        FailBoth(3, 60);
        _judge.CanaryGood(2_000);
        Assert.Equal(default, _judge.Tick(At(14)));
        Assert.False(_judge.Readiness.Alarmed);
    }

    [Fact]
    public void A_canary_that_goes_on_failing_after_stable_recovered_is_blamed_within_the_grace()
    {
        FailBoth(3, 20);
        var failures = 1;
        while (!_judge.CanaryFailed(At(4), 0.05).BlamesCanary)
        {
            failures++;
        }

        Assert.InRange(failures, 1, 4);
    }

    [Fact]
    public void The_start_of_the_stretch_stays_while_the_alarm_lasts()
    {
        FailBoth(3, 1_000);
        for (var i = 0; i < 40; i++)
        {
            for (var j = 0; j < 19; j++)
            {
                _judge.StableFailed(At(4), 0.05);
            }

            Assert.Equal(new Stretch(4 + i, 4 + i, At(2)), _judge.CanaryFailed(At(4), 0.05).Stretch);
        }
    }

    [Fact]
    public void The_cap_ends_the_grace()
    {
        FailBoth(3, 60);
        Ruling ruling;
        var failures = 3;
        do
        {
            for (var j = 0; j < 19; j++)
            {
                _judge.StableFailed(At(4), 0.05);
            }

            ruling = _judge.CanaryFailed(At(4), 0.05);
            failures++;
        }
        while (!ruling.EndsCanary);
        Assert.Equal((Cause.SharedGraceOver, 51), (ruling.Cause, failures));
    }

    [Fact]
    public void Without_attribution_a_failure_of_both_ends_the_canary_at_once()
    {
        var judge = new Judge(Balanced with { Attribution = null });
        judge.StableFailed(At(0), 0.5);
        judge.CanaryFailed(At(1), 0.5);
        Assert.Equal(Cause.Errors, judge.CanaryFailed(At(2), 0.5).Cause);
    }

    [Fact]
    public void At_the_whole_traffic_there_is_nobody_to_share_with()
    {
        _judge.CanaryFailed(At(1), 1);
        Assert.Equal(Cause.Errors, _judge.CanaryFailed(At(2), 1).Cause);
    }

    [Theory]
    [InlineData(0, Cause.Errors)]
    [InlineData(5, Cause.Shared)]
    public void Testers_whom_no_coin_assigned_are_judged_by_whether_stable_is_well(int stableFailures, Cause expected)
    {
        for (var i = 0; i < stableFailures; i++)
        {
            _judge.StableFailed(At(0), 0.05);
        }

        _judge.CanaryFailed(At(1), 0.05, byCoin: false);
        _judge.StableFailed(At(1), 0.05, byCoin: false);
        Assert.Equal(expected, _judge.CanaryFailed(At(2), 0.05, byCoin: false).Cause);
        Assert.Equal((stableFailures, 0), (_judge.Relative!.Failures, _judge.Relative.OfCanary));
    }

    [Fact]
    public void A_slowness_of_both_is_held()
    {
        for (var i = 0; i < 57; i++)
        {
            _judge.StableSlow(At(1), 0.05);
        }

        _judge.CanarySlow(At(1), 0.05);
        _judge.CanarySlow(At(2), 0.05);
        for (var i = 0; i < 57; i++)
        {
            _judge.StableSlow(At(2), 0.05);
        }

        Assert.Equal(Cause.Shared, _judge.CanarySlow(At(3), 0.05).Cause);
        Assert.Equal(Cause.SharedGraceOver, _judge.Tick(At(13)).Cause);
    }

    [Fact]
    public void A_clock_that_steps_back_starts_the_grace_again()
    {
        FailBoth(3, 60);
        Assert.Equal(Cause.Shared, _judge.Tick(TimeSpan.MinValue).Cause);
        Assert.Equal(Cause.Shared, _judge.Tick(TimeSpan.MinValue + TimeSpan.FromSeconds(9)).Cause);
        Assert.Equal(Cause.SharedGraceOver, _judge.Tick(TimeSpan.MinValue + TimeSpan.FromSeconds(10)).Cause);
        Assert.Equal(Cause.SharedGraceOver, _judge.Tick(TimeSpan.MaxValue).Cause);
    }

    /// <summary>From second 2 on, the last at second 3; so many failures of stable's before the last of the canary's.</summary>
    private void FailBoth(int canary, int stable)
    {
        _judge.CanaryFailed(At(2), 0.05);
        for (var i = 0; i < stable; i++)
        {
            _judge.StableFailed(At(2.5), 0.05);
        }

        for (var i = 1; i < canary; i++)
        {
            Assert.Equal(Cause.Shared, _judge.CanaryFailed(At(3), 0.05).Cause);
        }
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
