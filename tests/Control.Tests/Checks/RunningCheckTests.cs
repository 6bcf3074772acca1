using Snapback.Control.Analysis;
using Snapback.Control.Checks;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Checks;

public sealed class RunningCheckTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>A step of an hour would be left on what was good half an hour ago, while the log says that it holds.</summary>
    [Theory]
    [InlineData(nameof(AnswerKind.Down))]
    [InlineData(nameof(AnswerKind.Nothing))]
    [InlineData(nameof(AnswerKind.Both))]
    public async Task What_is_no_answer_holds_the_step_after_a_good_one_too(string kind)
    {
        await using var rig = await HandlerRig.MakeAsync(time: new ManualTime(), plan: Samples.Plan);
        await rig.DoneAsync(Samples.Start("v1"));
        var at = rig.Live.Snapshot(Second);
        var source = new CheckSource.Prometheus("up", "main", null, Second);
        var check = new RunningCheck(new IntervalCheck("lag", source, new CheckCondition(1, null)) { Interval = Second }, at.Generation.FailedChecks);
        var good = new Answer(AnswerKind.Good, "is 1");

        Take(good);
        Assert.Equal((FindingState.Pass, false), Found());
        Take(new Answer(Enum.Parse<AnswerKind>(kind), "says nothing"));
        Assert.Equal((FindingState.Wait, true), Found());
        Take(good);
        Assert.Equal((FindingState.Pass, false), Found());

        void Take(Answer answer) => check.Take(answer, at.Visit, at, Second);

        (FindingState, bool) Found() => check.Finding(at, Second) is { } finding ? (finding.State, finding.IsTrouble) : default;
    }

    [Theory]
    [InlineData("is 9: not result <= 5", false, "lag is 9: not result <= 5; asked again now")]
    [InlineData("prometheus:9090 cannot be reached", true, "lag: prometheus:9090 cannot be reached; asked again now")]
    public async Task A_check_is_told_apart_from_who_was_asked(string sentence, bool hasSubject, string told)
    {
        await using var rig = await HandlerRig.MakeAsync(time: new ManualTime(), plan: Samples.Plan);
        await rig.DoneAsync(Samples.Start("v1"));
        var at = rig.Live.Snapshot(Second);
        var source = new CheckSource.Prometheus("up", "main", null, Second);
        var check = new RunningCheck(new IntervalCheck("lag", source, new CheckCondition(1, null)) { Interval = Second }, at.Generation.FailedChecks);
        check.Take(new Answer(AnswerKind.Down, sentence, hasSubject), at.Visit, at, Second);
        Assert.Equal(told, check.Finding(at, TimeSpan.FromSeconds(30))!.Sentence);
    }

    /// <summary>It would roll back through whichever check fails next, although its plan says that it does not.</summary>
    [Fact]
    public async Task A_shared_check_that_only_notifies_counts_for_itself()
    {
        await using var rig = await HandlerRig.MakeAsync(time: new ManualTime(), plan: Samples.Plan);
        await rig.DoneAsync(Samples.Start("v1"));
        var at = rig.Live.Snapshot(Second);
        var source = new CheckSource.Prometheus("up", "main", null, Second);
        var together = new FailedChecks(2);
        var check = new RunningCheck(
            new IntervalCheck("lag", source, new CheckCondition(1, null))
            {
                Interval = Second,
                Rule = new IntervalRule(IntervalRuleKind.Shared, 2),
                OnlyNotifies = true,
            },
            together);

        check.Take(new Answer(AnswerKind.Bad, "is 0"), at.Visit, at, Second);
        Assert.False(check.IsBroken);
        check.Take(new Answer(AnswerKind.Bad, "is 0"), at.Visit, at, Second);

        Assert.Equal("lag is 0; 2 of 2 failed checks in all", check.Broken());
        Assert.True(check.IsBroken);
        Assert.Equal(0, together.Count);
    }

    /// <summary>What a slow provider says of a step that was left meanwhile is about the weight before.</summary>
    [Fact]
    public async Task A_good_answer_to_a_question_of_the_step_before_lets_nobody_leave_this_one()
    {
        await using var rig = await HandlerRig.MakeAsync(time: new ManualTime(), plan: Samples.Plan);
        await rig.DoneAsync(Samples.Start("v1"));
        var asked = rig.Live.Snapshot(Second);
        var source = new CheckSource.Prometheus("up", "main", null, Second);
        var check = new RunningCheck(
            new IntervalCheck("lag", source, new CheckCondition(1, null)) { Interval = Second }, asked.Generation.FailedChecks);
        await rig.DoneAsync(Samples.Advance);
        var now = rig.Live.Snapshot(Second);

        check.Take(new Answer(AnswerKind.Good, "is 1"), asked.Visit, now, Second);

        Assert.Equal(FindingState.Wait, check.Finding(now, Second)?.State);
        check.Take(new Answer(AnswerKind.Good, "is 1"), now.Visit, now, Second);
        Assert.Equal(FindingState.Pass, check.Finding(now, Second)?.State);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 5)]
    public async Task What_the_canary_failed_before_the_checks_step_or_its_delay_is_in_no_interval(int from, int delay)
    {
        await using var rig = await HandlerRig.MakeAsync(
            time: new ManualTime(), plan: Samples.Plan with { Objectives = [], OnBreach = OnBreach.Notify });
        await rig.DoneAsync(Samples.Start("v1"));
        var source = new CheckSource.Responses(null);
        var check = new RunningCheck(
            new IntervalCheck("own", source, new CheckCondition(99, null)) { Interval = Second, From = from, Delay = delay * Second },
            rig.Live.Generation.FailedChecks);
        Assert.False(IsDue(0));
        Observe(Outcome.Failure);
        if (from > 1)
        {
            await rig.DoneAsync(Samples.Advance);
        }

        Assert.False(IsDue(4));
        Observe(Outcome.Success);

        Assert.True(IsDue(5));
        Assert.Equal(AnswerKind.Good, check.Own.Ask(source, rig.Live.Generation, 5 * Second).Kind);

        bool IsDue(int seconds) => check.IsDue(rig.Live.Snapshot(seconds * Second), seconds * Second);

        void Observe(Outcome outcome) => rig.Live.Generation.Observe(Samples.Canary, outcome, TimeSpan.Zero);
    }
}
