using Snapback.Control.Analysis;
using Snapback.Control.Checks;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Checks;

/// <summary>A check of the canary's responses that looks at stable's before it blames anybody.</summary>
public sealed class OwnResponsesTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly RolloutPlan Unjudged = Samples.Unbounded with { Objectives = [], OnBreach = OnBreach.Notify };

    [Theory]
    [InlineData(10, 0, 100, nameof(AnswerKind.Bad), "is 90% (allowed: at least 99%)")]
    [InlineData(10, 7, 151, nameof(AnswerKind.Both), "is 90% (allowed: at least 99%), and stable's is 95.364%: not blamed on the canary")]
    [InlineData(10, 1, 300, nameof(AnswerKind.Bad), "is 90% (allowed: at least 99%)")]
    [InlineData(10, 10, 100, nameof(AnswerKind.Both), "is 90% (allowed: at least 99%), and stable's is 90%: not blamed on the canary")]
    [InlineData(50, 5, 100, nameof(AnswerKind.Bad), "is 50% (allowed: at least 99%)")]
    [InlineData(0, 50, 100, nameof(AnswerKind.Good), "is 100% (allowed: at least 99%)")]
    public void A_success_rate_that_stable_misses_as_well_is_not_the_canarys_unless_it_has_clearly_more(
        int failures, int ofStable, int stable, string kind, string sentence)
    {
        var rig = LiveRig.Started(Unjudged, 5000);
        Answer(rig, Samples.Canary, failures, 100);
        Answer(rig, Samples.Stable, ofStable, stable);

        var answer = new OwnResponses(SuccessRate()).Ask(new CheckSource.Responses(null), rig.Generation, rig.Time.Monotonic);

        Assert.Equal((kind, sentence), (answer.Kind.ToString(), answer.Sentence));
    }

    [Theory]
    [InlineData(800, 800, nameof(AnswerKind.Both))]
    [InlineData(800, 10, nameof(AnswerKind.Bad))]
    [InlineData(2000, 500, nameof(AnswerKind.Bad))]
    [InlineData(10, 800, nameof(AnswerKind.Good))]
    public void A_latency_that_stable_has_too_is_not_the_canarys_unless_it_is_clearly_slower(int canary, int stable, string kind)
    {
        var rig = LiveRig.Started(Unjudged, 5000);
        for (var i = 0; i < 100; i++)
        {
            rig.Generation.Canary.Latency.Record(TimeSpan.FromMilliseconds(canary));
            rig.Generation.Stable.Latency.Record(TimeSpan.FromMilliseconds(stable));
        }

        var check = SuccessRate() with { Source = new CheckSource.Responses(0.95), Condition = new CheckCondition(null, 400) };
        var answer = new OwnResponses(check).Ask(new CheckSource.Responses(0.95), rig.Generation, rig.Time.Monotonic);

        Assert.Equal(kind, answer.Kind.ToString());
    }

    [Fact]
    public void An_outage_of_both_is_no_failed_check_though_no_data_is_one()
    {
        var rig = LiveRig.Started(Unjudged, 5000);
        Answer(rig, Samples.Canary, 10, 100);
        Answer(rig, Samples.Stable, 10, 100);
        var check = SuccessRate() with { NoDataFails = true };
        var running = new RunningCheck(check, rig.Generation.FailedChecks);

        running.Take(
            running.Own.Ask(new CheckSource.Responses(null), rig.Generation, rig.Time.Monotonic), rig.Now.Visit, rig.Now, rig.Time.Monotonic);

        Assert.False(running.IsBroken);
        Assert.Equal(FindingState.Wait, running.Finding(rig.Now, rig.Time.Monotonic)?.State);
    }

    private static IntervalCheck SuccessRate() =>
        new("own", new CheckSource.Responses(null), new CheckCondition(99, null)) { Interval = Minute };

    private static void Answer(LiveRig rig, Pick pick, int failures, int responses)
    {
        for (var i = 0; i < responses; i++)
        {
            rig.Generation.Observe(pick, i < failures ? Outcome.Failure : Outcome.Success, rig.Time.Monotonic);
        }
    }
}
