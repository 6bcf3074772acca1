using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;
using static Snapback.Control.Tests.Advancing.AdvancerRig;

namespace Snapback.Control.Tests.Advancing;

/// <summary>What the answer of a hook to a step does: yes climbs, no rolls back, or counts as a failed check.</summary>
public sealed class StepHookTests
{
    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    public async Task A_hook_that_says_yes_is_asked_once_a_step_and_lets_it_climb(int yes)
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(yes));
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", receiver.Url("/smoke"))));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Step == 2, "it climbs");
        await rig.IdleAsync();
        var (path, type, body) = Assert.Single(receiver.Calls);
        Assert.Equal("/smoke", path);
        Assert.StartsWith("application/json", type, StringComparison.Ordinal);
        Assert.Equal(
            """{"name":"shop","namespace":"","phase":"Progressing","checksum":"v1","metadata":{"weight":"5%","step":"1","generation":"1"}}""",
            body);
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => receiver.Calls.Count == 2, "the next step asks again");
        Assert.Contains("\"step\":\"2\"", receiver.Calls.Last().Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(302)]
    [InlineData(204)]
    public async Task A_hook_that_says_no_rolls_back(int no)
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(no));
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", receiver.Url("/smoke"))));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Phase == RolloutPhase.RolledBack, "it is rolled back");
        var record = rig.Status.Rollback!;
        Assert.Equal(("hook:smoke", Authority.Hook, "smoke"), (record.Trigger, record.Authority, record.By));
        Assert.Contains($"{receiver.Url("/smoke")} answered {no} at 5%", record.Explanation, StringComparison.Ordinal);
        await rig.ToldAsync();
    }

    /// <summary>Flagger's tolerance: a no is a failed check, and the step waits for the next interval.</summary>
    [Theory]
    [InlineData(HookPoint.Step)]
    [InlineData(HookPoint.PreRollout)]
    public async Task A_no_that_counts_is_asked_again_and_rolls_back_when_there_are_too_many(HookPoint when)
    {
        var answer = 500;
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(Volatile.Read(ref answer)));
        var hook = Hook("smoke", receiver.Url("/smoke"), when: when) with { FailureCounts = true, Interval = TimeSpan.FromMinutes(1) };
        await using var rig = await AdvancerRig.StartAsync(Plan(hook) with { FailedChecks = 3 });
        var step = rig.Status.Step;
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(
            () => rig.Gate.Sentence.Contains("answered 500; 1 of 3 failed checks in all", StringComparison.Ordinal),
            "the first no is counted");
        await rig.IdleAsync();
        Assert.Equal((1, step), (receiver.Calls.Count, rig.Status.Step));
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await rig.UntilAsync(() => receiver.Calls.Count == 2, "asked again an interval later");
        await rig.IdleAsync();
        Assert.NotEqual(RolloutPhase.RolledBack, rig.Status.Phase);
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await rig.UntilAsync(() => rig.Status.Phase == RolloutPhase.RolledBack, "the third is one too many");
        Assert.Equal("hook:smoke", rig.Status.Rollback!.Trigger);
        Assert.Contains("answered 500; 3 of 3 failed checks in all", rig.Status.Rollback.Explanation, StringComparison.Ordinal);
        await rig.ToldAsync();
    }

    [Fact]
    public async Task Hooks_are_asked_one_after_the_other_and_the_first_no_ends_it()
    {
        await using var receiver = await Receiver.StartAsync(path => Task.FromResult(path == "/b" ? 500 : 200));
        await using var rig = await AdvancerRig.StartAsync(
            Plan(Hook("a", receiver.Url("/a")), Hook("b", receiver.Url("/b")), Hook("c", receiver.Url("/c"))));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Phase == RolloutPhase.RolledBack, "b ends it");
        Assert.Equal(["/a", "/b"], receiver.Calls.Select(call => call.Path));
    }
}
