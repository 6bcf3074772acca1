using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>How a rollout can end, beside the rollback and the plain promotion.</summary>
public sealed class EndsTests
{
    [Fact]
    public void A_plan_that_cannot_go_back_freezes_with_its_weight_and_an_operator_still_rolls_it_back()
    {
        var rig = LiveRig.Started(Samples.Plan with { OnBreach = OnBreach.Freeze });
        Break(rig, 4);
        Assert.Equal((RolloutPhase.Frozen, 500, 1), (rig.Live.Status.Phase, rig.Live.Status.Weight.BasisPoints, rig.Lowered));
        Assert.StartsWith(
            "FROZEN, AND NOT ROLLED BACK (onBreach: freeze): the canary broke success-rate",
            rig.Live.Status.Reason,
            StringComparison.Ordinal);
        Assert.Equal(VerdictState.Breach, Verdict.Of(rig.Now).State);
        Assert.Equal(RolloutPhase.RolledBack, rig.RollBack()!.Phase);
    }

    [Fact]
    public void A_plan_that_wants_to_be_told_is_told_once_a_step_and_nothing_goes_up_while_it_lasts()
    {
        var rig = LiveRig.Started(Samples.Plan with { OnBreach = OnBreach.Notify });
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        Break(rig, 10);
        Assert.Equal((RolloutPhase.Progressing, 500, 1), (rig.Live.Status.Phase, rig.Live.Status.Weight.BasisPoints, rig.Lowered));
        Assert.Contains("failed", rig.Live.Status.Warning, StringComparison.Ordinal);
        Assert.Equal(VerdictState.Breach, Verdict.Of(rig.Now).State);
        Assert.Equal(GateState.Shut, rig.Gate.State);
        Assert.Null(rig.Do(Samples.Advance).Warning);
        Break(rig, 10);
        Assert.Equal(2, rig.Lowered);
    }

    [Fact]
    public void A_failure_of_both_arms_freezes_whatever_the_plan_says()
    {
        var rig = LiveRig.Started(Samples.Unbounded with { OnBreach = OnBreach.Notify });
        for (var i = 0; i < 6; i++)
        {
            rig.ServeStable(Outcome.Failure);
            rig.ServeStable(Outcome.Failure);
            rig.Serve(Outcome.Failure);
        }

        Assert.Equal((RolloutPhase.Frozen, true), (rig.Live.Status.Phase, rig.Live.Status.Shared));
    }

    [Fact]
    public void A_handback_ends_with_the_traffic_on_stable_under_the_new_version_and_the_arms_as_they_were()
    {
        var rig = LiveRig.Started(Samples.Plan with { Promotion = PromotionKind.Handback });
        var promoted = rig.Do(Samples.Promote);
        Assert.Equal(
            (RolloutPhase.Promoted, 0, "v1", false),
            (promoted.Phase, promoted.Weight.BasisPoints, promoted.StableVersion, promoted.Swapped));
        Assert.Equal(Arm.Stable, rig.Serve(Outcome.Success));
        Assert.Null(rig.RollBack());
        var next = rig.Do(Samples.Start("v2"));
        Assert.Equal(("v1", "v2", false, 500), (next.StableVersion, next.Version, next.Swapped, next.Weight.BasisPoints));
    }

    [Fact]
    public void After_a_rollback_nobody_starts_without_a_reason_until_it_has_cooled_down()
    {
        var rig = LiveRig.Started(Samples.Plan with { Rollback = Samples.Plan.Rollback with { CoolDown = TimeSpan.FromMinutes(10) } });
        rig.RollBack();
        rig.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(
            "Rollout 'shop' cools down after its rollback, 7m left: wait, or give a reason to begin before.",
            rig.Transition(Samples.Start("v2")).Refusal);
        Assert.NotNull(rig.Transition(new RolloutCommand.Start("v2", "ann", "the fix is in")).Next);
        Assert.NotNull(rig.Transition(Samples.Retry).Next);
        Assert.Null(rig.Transition(Samples.Weigh(500, "v2")).Next);
        rig.Time.Advance(TimeSpan.FromMinutes(7));
        Assert.NotNull(rig.Transition(Samples.Start("v2")).Next);
    }

    private static void Break(LiveRig rig, int failures)
    {
        for (var i = 0; i < failures; i++)
        {
            rig.Serve(Outcome.Failure);
        }
    }
}
