using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;
using static Snapback.Control.Tests.Advancing.AdvancerRig;

namespace Snapback.Control.Tests.Advancing;

/// <summary>Hooks that refuse the connection, do not resolve or never answer.</summary>
public sealed class UnreachableHookTests
{
    [Fact]
    public async Task A_hook_that_cannot_be_reached_holds_and_is_told_once()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(200));
        var smoke = Hook("smoke-test", new Uri("http://smoke-runner.invalid/run")) with { FailureCounts = true, Interval = TimeSpan.FromSeconds(1) };
        await using var rig = await AdvancerRig.StartAsync(
            Plan(smoke, Hook("log", receiver.Url("/"), when: HookPoint.Event)) with { FailedChecks = 1 });
        rig.Serve(Outcome.Success);
        const string unreachable = "hook smoke-test at http://smoke-runner.invalid/run cannot be reached";
        await rig.UntilAsync(
            () => receiver.Calls.Any(call => call.Body.Contains(unreachable, StringComparison.OrdinalIgnoreCase)), "somebody is told");
        for (var i = 0; i < 3; i++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await rig.IdleAsync();
        }

        Assert.Equal((RolloutPhase.Progressing, 1), (rig.Status.Phase, rig.Status.Step));
        Assert.Contains(
            "Snapback:Hooks:Hosts may say where it is",
            Assert.Single(receiver.Calls, call => call.Body.Contains("smoke-runner", StringComparison.Ordinal)).Body,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hook_that_says_the_same_for_hours_is_logged_once_and_again_when_it_says_something_else()
    {
        var status = 503;
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(status));
        var smoke = Hook("ticket", receiver.Url("/"), when: HookPoint.ConfirmTrafficIncrease) with { Interval = TimeSpan.FromSeconds(1) };
        await using var rig = await AdvancerRig.StartAsync(Plan(smoke));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => receiver.Calls.Count > 3, "it is asked again and again");
        status = 403;
        await rig.UntilAsync(() => rig.Logged.Any(line => line.Contains("answered 403", StringComparison.Ordinal)), "the other answer is told");
        Assert.Single(rig.Logged, line => line.Contains("answered 503", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hook_that_is_silent_holds_and_is_asked_again_after_five_seconds(bool reachable)
    {
        var silent = true;
        await using var receiver = await Receiver.StartAsync(async _ =>
        {
            await (silent ? Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken) : Task.CompletedTask);
            return 200;
        });
        var url = reachable ? receiver.Url("/") : new Uri("http://127.0.0.1:9/");
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", url, 50)));
        rig.Serve(Outcome.Success);
        await rig.IdleAsync();
        Assert.Equal((RolloutPhase.Progressing, 1), (rig.Status.Phase, rig.Status.Step));
        if (reachable)
        {
            Assert.Single(receiver.Calls);
            silent = false;
            rig.Time.Advance(TimeSpan.FromSeconds(5));
            await rig.UntilAsync(() => rig.Status.Step == 2, "it climbs at last");
        }
    }

    [Fact]
    public async Task A_hook_that_hangs_delays_no_rollback_and_no_other_rollout()
    {
        await using var receiver = await Receiver.StartAsync(async _ =>
        {
            await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
            return 200;
        });
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", receiver.Url("/"), 600_000)));
        await rig.Commands.PutPlanAsync(Plan() with { Name = "other", Stable = "other-stable", Canary = "other-canary" }, "ann");
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => !receiver.Calls.IsEmpty, "the hook is asked");

        await rig.Commands.HandleAsync("other", Samples.Start("v1"));
        Assert.True(rig.Board.TryGet("other", out var other));
        other.Generation.Observe(Samples.Canary, Outcome.Success, rig.Time.Monotonic);
        await rig.UntilAsync(() => other.Status.Step == 2, "the other one climbs");

        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.Equal((RolloutPhase.RolledBack, 0), (rig.Status.Phase, rig.Live.Generation.Word.Weight));
    }

    [Fact]
    public async Task A_receiver_that_hangs_keeps_the_next_version_from_nothing()
    {
        var hangs = true;
        await using var receiver = await Receiver.StartAsync(async _ =>
        {
            await (Volatile.Read(ref hangs) ? Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken) : Task.CompletedTask);
            return 200;
        });
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", receiver.Url("/"), 600_000)));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => !receiver.Calls.IsEmpty, "the hook is asked");
        await rig.RollBackAsync();
        Volatile.Write(ref hangs, false);
        await rig.DoneAsync(Samples.Start("v2"));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Step == 2, "it climbs");
    }

    [Theory]
    [InlineData(HookPoint.Step, 2)]
    [InlineData(HookPoint.PreRollout, 1)]
    public async Task What_goes_on_though_a_hook_is_down_says_so(HookPoint when, int step)
    {
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", new Uri("http://127.0.0.1:9/"), when: when) with { OnDown = HookDown.Pass }));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Step == step && rig.Status.Phase == RolloutPhase.Progressing, "it goes on");
        Assert.Equal("hook smoke cannot be reached: Connection refused, and the plan says onDown: pass", rig.Status.Reason);
    }

    [Theory]
    [InlineData(HookDown.Rollback, RolloutPhase.RolledBack, 0)]
    [InlineData(HookDown.Pass, RolloutPhase.Progressing, 5000)]
    public async Task A_hook_that_is_down_means_what_the_plan_declares(HookDown down, RolloutPhase phase, int weight)
    {
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", new Uri("http://127.0.0.1:9/")) with { OnDown = down }));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => (rig.Status.Phase, rig.Status.Weight.BasisPoints) == (phase, weight), "it does so");
    }
}
