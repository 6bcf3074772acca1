using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>What the next step waits for, in words.</summary>
public sealed class GateTests
{
    private static readonly RolloutPlan Plan = Samples.Plan with
    {
        Steps = [Samples.Five with { Requests = 3 }, Samples.Half with { Hold = TimeSpan.Zero, Requests = 2 }, Samples.Bake],
    };

    [Fact]
    public void It_counts_the_hold_down_and_the_requests_up()
    {
        var rig = LiveRig.Started(Plan);
        Says(rig, false, "hold 10m, 10m left; 0 of 3 requests");
        rig.Time.Advance(TimeSpan.FromSeconds(599.31));
        rig.Serve(Outcome.Success);
        Says(rig, false, "hold 10m, 700ms left; 1 of 3 requests");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Says(rig, false, "hold 10m, served; 1 of 3 requests");
        rig.Serve(Outcome.Success);
        rig.Serve(Outcome.Neutral);
        Says(rig, false, "hold 10m, served; 2 of 3 requests");
        rig.Serve(Outcome.Success);
        Says(rig, true, "hold 10m, served; 3 requests seen");
    }

    [Fact]
    public void A_step_without_a_hold_waits_for_requests_alone()
    {
        var rig = LiveRig.Started(Plan);
        rig.Do(Samples.Advance);
        Says(rig, false, "0 of 2 requests");
    }

    [Fact]
    public void A_bake_is_called_one()
    {
        var rig = LiveRig.Started(Plan);
        rig.Do(Samples.Advance, Samples.Advance);
        rig.Time.Advance(TimeSpan.FromSeconds(18.2));
        Says(rig, false, "bake 30m, 29m42s left; 0 of 1 requests");
    }

    [Fact]
    public void Hooks_are_named_once_everything_else_is_there()
    {
        var rig = LiveRig.Started(Plan with { Steps = [Samples.Five, Samples.Bake], Hooks = [new StepHook("smoke", new Uri("http://h/"), TimeSpan.FromSeconds(1))] });
        Says(rig, false, "hold 10m, 10m left; 0 of 1 requests");
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Says(rig, true, "hold 10m, served; hook smoke");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void While_an_objective_is_broken_no_step_goes_up(bool stable)
    {
        var rig = LiveRig.Started();
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        rig.Switches.AutoRollback = false;
        for (var i = 0; i < 5; i++)
        {
            _ = stable ? rig.ServeStable(Outcome.Failure) : rig.Serve(Outcome.Failure);
        }

        rig.Do(Samples.Resume);
        Says(rig, false, "an objective is broken now; no step goes up");
        (stable ? (Action<int>)rig.Generation.Judge!.StableGood : rig.Generation.Judge!.CanaryGood)(10_000);
        Assert.True(Gate.Of(rig.Now, rig.Switches).Open);
    }

    [Fact]
    public void With_automatic_advance_off_it_stays_shut_and_says_who_must_act()
    {
        var rig = LiveRig.Started();
        rig.Switches.AutoAdvance = false;
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Says(rig, false, "automatic advance is switched off; advance by hand");
    }

    [Theory]
    [InlineData("idle", "start a version")]
    [InlineData("manual", "weight set by hand; advance goes on with the steps")]
    [InlineData("paused", "paused; resume or roll back")]
    [InlineData("frozen", "frozen by a breach; roll back, or resume with a reason")]
    [InlineData("promoted", "promoted; start the next version")]
    [InlineData("rolled-back", "rolled back; start a new version, or retry with a reason")]
    public void A_rollout_that_does_not_climb_says_how_it_would(string state, string sentence)
    {
        var rig = new LiveRig();
        rig.Do(state switch
        {
            "idle" => [],
            "manual" => [Samples.Weigh(500, "v1")],
            "paused" => [Samples.Start("v1"), Samples.Pause],
            "frozen" => [Samples.Start("v1"), new RolloutCommand.Freeze("It broke.")],
            "promoted" => [Samples.Start("v1"), Samples.Promote],
            _ => [Samples.Start("v1"), new RolloutCommand.RollBack(Samples.Record)],
        });
        rig.Time.Advance(TimeSpan.FromDays(1));
        Says(rig, false, sentence);
    }

    private static void Says(LiveRig rig, bool open, string sentence) => Assert.Equal(new Gate(open, sentence), Gate.Of(rig.Now, rig.Switches));
}
