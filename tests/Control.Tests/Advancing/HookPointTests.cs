using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;
using static Snapback.Control.Tests.Advancing.AdvancerRig;

namespace Snapback.Control.Tests.Advancing;

/// <summary>The points of a rollout that are not a step: confirmations, the rollback hook, and the ends that are told.</summary>
public sealed class HookPointTests
{
    [Fact]
    public async Task Every_point_is_asked_in_its_order_and_the_ends_are_told()
    {
        await using var receiver = await Receiver.StartAsync(path => Task.FromResult(path == "/rollback" ? 403 : 200));
        var points = Enum.GetValues<HookPoint>();
        var plan = Plan([.. points.Select(point => Hook(point.ToString(), receiver.Url("/" + point.ToString().ToLowerInvariant()), when: point))]);
        await using var rig = await AdvancerRig.StartAsync(plan with { Steps = [plan.Steps[0], plan.Steps[^1]] });
        await rig.UntilAsync(() => rig.Status.Step == 1, "all hooks before the first step said go");
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Step == 2, "it climbs");
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Phase == RolloutPhase.Promoted, "it is promoted");
        await rig.UntilAsync(() => receiver.Calls.Any(call => call.Path == "/postrollout"), "the end is told");
        Assert.Equal(
            [
                "/confirmrollout", "/prerollout", "/confirmtrafficincrease", "/step", "/confirmtrafficincrease", "/step",
                "/confirmpromotion", "/postrollout"
            ],
            receiver.Calls.Select(call => call.Path).Where(path => path is not ("/rollback" or "/event")));
        Assert.Contains(receiver.Calls, call => call.Path == "/rollback");
        Assert.Equal(["Waiting", "Waiting", "Waiting", "Progressing", "Progressing", "Progressing", "WaitingPromotion", "Succeeded"], receiver.Calls
            .Where(call => call.Path is not ("/rollback" or "/event"))
            .Select(call => System.Text.Json.JsonElement.Parse(call.Body).GetProperty("phase").GetString()));
        await rig.UntilAsync(() => receiver.Calls.Count(call => call.Path == "/event") >= 4, "everything is told as an event");
        Assert.Contains(
            receiver.Calls,
            call =>
                call.Path == "/event"
                    && call.Body.Contains(
                        "\"eventMessage\":\"Advanced to 5% (step 1 of 2).\",\"eventType\":\"Normal\",\"timestamp\":\"",
                        StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(HookPoint.ConfirmRollout, 0, RolloutPhase.Waiting, 0)]
    [InlineData(HookPoint.ConfirmTrafficIncrease, 0, RolloutPhase.Waiting, 0)]
    [InlineData(HookPoint.ConfirmTrafficIncrease, 1, RolloutPhase.Progressing, 500)]
    public async Task A_confirming_hook_that_says_no_waits_and_lets_it_go_on_when_it_says_yes(
        HookPoint when, int yeses, RolloutPhase phase, int weight)
    {
        var (answer, asked) = (403, 0);
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(Interlocked.Increment(ref asked) <= yeses ? 200 : Volatile.Read(ref answer)));
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("gate", receiver.Url("/"), when: when)));
        await rig.UntilAsync(() => rig.Status.Weight.BasisPoints == weight, "it is where it waits");
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => receiver.Calls.Count >= yeses + 2, "it is asked again and again");
        Assert.Equal((phase, weight), (rig.Status.Phase, rig.Status.Weight.BasisPoints));
        Assert.Contains("hook gate answered 403, ", rig.Gate.Sentence, StringComparison.Ordinal);
        Volatile.Write(ref answer, 200);
        await rig.UntilAsync(() => rig.Status.Weight.BasisPoints > weight, "it goes on");
    }

    /// <summary>The rig's clock begins at noon.</summary>
    [Fact]
    public async Task A_yes_that_came_when_the_schedule_was_shut_is_asked_for_again_when_it_opens()
    {
        var shut = new TaskCompletionSource();
        var asked = 0;
        await using var receiver = await Receiver.StartAsync(async _ =>
        {
            await (Interlocked.Increment(ref asked) == 2 ? shut.Task : Task.CompletedTask);
            return 200;
        });
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("ticket", receiver.Url("/"), 60_000, HookPoint.ConfirmTrafficIncrease)) with
        {
            Schedule = new Schedule(TimeZoneInfo.Utc, [], new TimeOnly(12, 0), new TimeOnly(13, 0), []),
        });
        await rig.UntilAsync(() => rig.Status.Step == 1, "it starts");
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => receiver.Calls.Count == 2, "somebody is asked");
        rig.Time.Advance(TimeSpan.FromHours(1));
        shut.SetResult();
        await rig.IdleAsync();
        Assert.Equal((1, 2), (rig.Status.Step, receiver.Calls.Count));
        rig.Time.Advance(TimeSpan.FromHours(23));
        await rig.UntilAsync(() => rig.Status.Step == 2, "it climbs the next day");
        Assert.Equal(3, receiver.Calls.Count);
    }

    [Fact]
    public async Task A_confirming_hook_holds_the_promotion_in_a_phase_of_its_own_while_the_judge_goes_on()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(403));
        var plan = Plan(Hook("gate", receiver.Url("/"), when: HookPoint.ConfirmPromotion));
        await using var rig = await AdvancerRig.StartAsync(plan with { Steps = [Samples.Bake with { Hold = TimeSpan.Zero }] });
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Phase == RolloutPhase.Waiting, "it waits for the confirmation");
        Assert.Equal(Weight.Full, rig.Status.Weight);
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.Equal(RolloutPhase.RolledBack, rig.Status.Phase);
    }

    [Theory]
    [InlineData(RolloutPhase.Progressing)]
    [InlineData(RolloutPhase.Paused)]
    [InlineData(RolloutPhase.Frozen)]
    public async Task A_rollback_hook_that_says_yes_rolls_back_whatever_the_rollout_waits_for(RolloutPhase phase)
    {
        var answer = 403;
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(Volatile.Read(ref answer)));
        await using var rig = await AdvancerRig.StartAsync(
            Plan(Hook("alarm", receiver.Url("/"), when: HookPoint.Rollback)) with { Steps = [Samples.Five, Samples.Bake] });
        await (phase switch
        {
            RolloutPhase.Paused => rig.DoneAsync(Samples.Pause),
            RolloutPhase.Frozen => rig.DoneAsync(new RolloutCommand.Freeze("It broke.")),
            _ => Task.CompletedTask,
        });
        await rig.UntilAsync(() => receiver.Calls.Count >= 2, "it is asked again and again");
        Assert.Equal(phase, rig.Status.Phase);
        Volatile.Write(ref answer, 200);
        await rig.UntilAsync(() => rig.Status.Phase == RolloutPhase.RolledBack, "it is rolled back");
        Assert.Equal("hook:alarm", rig.Status.Rollback!.Trigger);
    }

    [Fact]
    public async Task After_a_rollback_the_deployer_is_told_to_scale_down_as_often_as_it_takes()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(200));
        var plan = Plan();
        await using var rig = await AdvancerRig.StartAsync(
            plan with { Rollback = plan.Rollback with { Hooks = [Hook("scale-down", receiver.Url("/scale-down"), when: HookPoint.PostRollout)] } });
        await rig.RollBackAsync("it smells");
        await rig.UntilAsync(() => !receiver.Calls.IsEmpty, "the deployer is told");
        var body = System.Text.Json.JsonElement.Parse(Assert.Single(receiver.Calls).Body);
        Assert.Equal(
            ("Failed", "v1", "Warning"),
            (
                body.GetProperty("phase").GetString(),
                body.GetProperty("checksum").GetString(),
                body.GetProperty("metadata").GetProperty("eventType").GetString()));
    }
}
