using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class ReadinessTests
{
    private readonly Judge _judge = new(JudgeSettings.For(1e-3, 0.005));

    [Fact]
    public void Before_the_first_response_nothing_speaks_against_it_and_767_good_ones_prove_it()
    {
        Assert.Equal(new Readiness(false, false, false, false, 767), _judge.Readiness);
        _judge.CanaryGood(766);
        Assert.Equal(1, _judge.Readiness.MissingResponses);
        _judge.CanaryGood();
        Assert.True(_judge.Readiness is { StableAlarms: false, Alarmed: false, Leans: false, Proved: true });
    }

    [Fact]
    public void A_failure_leans_until_enough_good_responses_follow_and_asks_for_more_of_them()
    {
        _judge.CanaryGood(20);
        _judge.CanaryFailed(TimeSpan.Zero, 0.05);
        Assert.Equal((true, 1309 - 21), (_judge.Readiness.Leans, _judge.Readiness.MissingResponses));
        _judge.CanaryGood(1288);
        Assert.Equal(new Readiness(false, false, false, true, 0), _judge.Readiness);
    }

    [Fact]
    public void A_failure_of_an_earlier_step_that_good_responses_have_outweighed_does_not_lean_in_the_next()
    {
        _judge.CanaryGood(20);
        _judge.CanaryFailed(TimeSpan.Zero, 0.05);
        _judge.CanaryGood(1288);
        _judge.RaiseLoad();
        Assert.False(_judge.Readiness.Leans);
        _judge.CanaryFailed(TimeSpan.Zero, 0.25);
        Assert.True(_judge.Readiness.Leans);
    }

    [Fact]
    public void One_that_leaned_when_the_weight_was_raised_leans_on()
    {
        _judge.CanaryGood(20);
        _judge.CanaryFailed(TimeSpan.Zero, 0.05);
        _judge.RaiseLoad();
        Assert.True(_judge.Readiness.Leans);
        _judge.CanaryGood(10_000);
        Assert.False(_judge.Readiness.Leans);
    }

    [Fact]
    public void A_sick_stable_holds()
    {
        for (var i = 0; i < 5; i++)
        {
            _judge.StableFailed(TimeSpan.Zero, 0.05);
        }

        Assert.True(_judge.Readiness is { StableAlarms: true });
        _judge.StableGood(10_000);
        Assert.True(_judge.Readiness is { StableAlarms: false, Alarmed: false, Leans: false });
    }

    [Fact]
    public void The_slower_of_two_budgets_decides_what_is_missing()
    {
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005, 0.05));
        judge.CanaryGood(767);
        Assert.Equal(75, judge.Readiness.MissingResponses);
        judge.CanaryFast(75);
        Assert.True(judge.Readiness.Proved);
    }
}
