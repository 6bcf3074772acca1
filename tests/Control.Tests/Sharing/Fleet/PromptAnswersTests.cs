using Snapback.Control.Analysis;
using Snapback.Control.Sharing.Fleet;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Fleet;

public sealed class PromptAnswersTests
{
    private static readonly Tally Good = new Tally() with { CanaryGood = 20, StableGood = 100, StableBad = 3, StableSlow = 3 };
    private static readonly Tally Failure = Good with { CanaryBad = 1 };
    private static readonly Tally Slow = Good with { CanarySlow = 1 };

    private readonly PromptAnswers _answers = new();

    [Fact]
    public void A_failure_of_the_canarys_is_answered_at_once_and_nothing_else_is()
    {
        Assert.Null(Heard(Good, at: 0));
        Assert.Null(Heard(default, at: 0));
        Assert.Equal(0, Heard(Failure, at: 0));
        Assert.True(Settle(at: 1));
        Assert.Equal(0, Heard(Slow, at: 100));
    }

    [Fact]
    public void Failures_that_come_thicker_than_the_pace_have_one_answer()
    {
        Assert.Equal(0, Heard(Failure, at: 0));
        Assert.Null(Heard(Failure, at: 0));
        Assert.True(Settle(at: 1));
        Assert.Equal(23, Heard(Failure, at: 3));
        Assert.Null(Heard(Failure, at: 10));
        Assert.True(Settle(at: 26));
        Assert.False(Settle(at: 27));
        Assert.Equal(0, Heard(Failure, at: 51));
    }

    [Fact]
    public void What_was_told_for_another_reason_is_an_answer_too()
    {
        Heard(Failure, at: 0);
        Settle(at: 0);
        Heard(Failure, at: 5);
        Assert.True(Settle(at: 10));
        Assert.False(_answers.IsOwed);
    }

    [Fact]
    public void A_beat_that_owes_nothing_does_not_put_off_the_next_answer()
    {
        Settle(at: 0);
        Assert.Equal(0, Heard(Failure, at: 1));
    }

    [Fact]
    public void Fleets_whose_answers_would_be_too_many_wait_for_the_beat()
    {
        Assert.Null(Heard(Failure, at: 0, replicas: PromptAnswers.MostReplicas + 1));
        Assert.Equal(0, Heard(Failure, at: 0, replicas: PromptAnswers.MostReplicas));
    }

    private double? Heard(Tally news, double at, int replicas = 3) =>
        _answers.Heard(news, replicas, TimeSpan.FromMilliseconds(at))?.TotalMilliseconds;

    private bool Settle(double at) => _answers.Settle(TimeSpan.FromMilliseconds(at));
}
