using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;
using static Snapback.Control.Tests.Advancing.AdvancerRig;

namespace Snapback.Control.Tests.Advancing;

/// <summary>An answer belongs to the question: once the generation has ended or the step is entered anew, it moves nothing.</summary>
public sealed class LateAnswerTests
{
    [Fact]
    public async Task A_no_that_comes_after_its_generation_ended_does_not_touch_the_next()
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = await Receiver.StartAsync(_ => answer.Task);
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", receiver.Url("/"))));
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => !receiver.Calls.IsEmpty, "the hook is asked");
        await rig.RollBackAsync();
        await rig.DoneAsync(Samples.Start("v2"));
        answer.SetResult(500);
        await rig.IdleAsync();
        Assert.Equal((RolloutPhase.Progressing, "v2"), (rig.Status.Phase, rig.Status.Version));
    }

    [Fact]
    public async Task A_step_that_is_entered_again_by_hand_asks_again_and_the_answer_of_before_opens_nothing()
    {
        var answers = Enumerable.Range(0, 3)
            .Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously))
            .ToArray();
        var calls = -1;
        await using var receiver = await Receiver.StartAsync(_ => answers[Interlocked.Increment(ref calls)].Task);
        await using var rig = await AdvancerRig.StartAsync(Plan(Hook("smoke", receiver.Url("/"), 600_000), Hook("next", receiver.Url("/"), 600_000)));
        await AgainAsync(calls: 1);
        await AgainAsync(calls: 2);
        answers[0].SetResult(200);
        await rig.IdleAsync();
        Assert.Equal(2, receiver.Calls.Count);
        answers[1].SetResult(200);
        await rig.UntilAsync(() => receiver.Calls.Count == 3, "the next hook is asked after the answer to the second question");

        async Task AgainAsync(int calls)
        {
            await rig.DoneAsync(Samples.Weigh(100));
            await rig.DoneAsync(Samples.Advance);
            rig.Serve(Outcome.Success);
            await rig.UntilAsync(() => receiver.Calls.Count == calls, "the hook is asked");
        }
    }

    [Fact]
    public async Task What_a_hook_said_before_a_step_is_entered_again_by_hand_is_no_answer()
    {
        var yes = true;
        await using var receiver = await Receiver.StartAsync(path => Task.FromResult(path == "/increase" ? 403 : Volatile.Read(ref yes) ? 200 : 500));
        await using var rig = await AdvancerRig.StartAsync(
            Plan(
                Hook("smoke", receiver.Url("/smoke")),
                Hook("increase", receiver.Url("/increase"), when: HookPoint.ConfirmTrafficIncrease)) with
            {
                Steps = [Samples.Five with { Hold = TimeSpan.Zero }, Samples.Bake],
            });
        await rig.UntilAsync(() => receiver.Calls.Any(call => call.Path == "/increase"), "it is asked before the first step");
        await rig.DoneAsync(Samples.Advance);
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => receiver.Calls.Any(call => call.Path == "/smoke"), "the smoke test is asked");
        await rig.IdleAsync();
        Volatile.Write(ref yes, false);
        await rig.DoneAsync(Samples.Weigh(100));
        await rig.DoneAsync(Samples.Advance);
        rig.Serve(Outcome.Success);
        await rig.UntilAsync(() => rig.Status.Phase == RolloutPhase.RolledBack, "it is asked again and says no");
    }
}
