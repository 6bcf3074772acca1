using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;
using static Snapback.Control.Tests.Advancing.AdvancerRig;

namespace Snapback.Control.Tests.Advancing;

/// <summary>What lets a rollout climb, and what holds it, apart from hooks.</summary>
public sealed class RolloutAdvancerTests
{
    [Fact]
    public async Task It_climbs_every_step_when_its_hold_is_served_and_its_responses_are_seen()
    {
        await using var rig = await AdvancerRig.StartAsync(Samples.Plan);
        foreach (var (phase, weight) in new[] { (RolloutPhase.Progressing, 5000), (RolloutPhase.Baking, 10_000), (RolloutPhase.Promoted, 10_000) })
        {
            var before = rig.Status;
            await rig.IdleAsync();
            rig.Time.Advance(TimeSpan.FromMinutes(30));
            await rig.IdleAsync();
            Assert.Equal(before, rig.Status);
            rig.Serve(Outcome.Success);
            await rig.UntilAsync(() => rig.Status.Revision > before.Revision, "it climbs");
            Assert.Equal((phase, weight, "snapback"), (rig.Status.Phase, rig.Status.Weight.BasisPoints, rig.Status.By));
        }
    }

    [Theory]
    [InlineData("switched off")]
    [InlineData("paused")]
    [InlineData("by hand")]
    [InlineData("stable is sick")]
    [InlineData("another replica's duty")]
    public async Task It_does_not_climb_when_nobody_wants_it_to(string why)
    {
        await using var rig = await AdvancerRig.StartAsync(Plan());
        switch (why)
        {
            case "switched off":
                rig.Switches.AutoAdvance = false;
                break;
            case "paused":
                await rig.DoneAsync(Samples.Pause);
                break;
            case "stable is sick":
                Array.ForEach(new int[5], _ => rig.Live.Generation.Observe(Samples.Stable, Outcome.Failure, rig.Time.Monotonic));
                break;
            case "another replica's duty":
                rig.LeaseHeld = false;
                break;
            default:
                await rig.DoneAsync(Samples.Weigh(700));
                break;
        }

        var before = rig.Status;
        rig.Serve(Outcome.Success);
        await rig.IdleAsync();
        Assert.Equal(before, rig.Status);
    }

    [Fact]
    public async Task A_store_that_is_away_holds_and_it_climbs_when_the_store_is_back()
    {
        using var directory = new TempDirectory();
        await using (var before = await HandlerRig.MakeAsync(directory, plan: Plan()))
        {
            await before.DoneAsync(Samples.Start("v1"));
        }

        await directory.BreakForAsync(TimeSpan.FromSeconds(1));
        await using var rig = await AdvancerRig.ResumeAsync(Plan(), directory);
        rig.Serve(Outcome.Success);
        await rig.IdleAsync();
        Assert.Equal(1, rig.Status.Step);
        await rig.UntilAsync(() => rig.Status.Step == 2, "it climbs");
    }
}
