using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A step of copies: what is picked, what is judged, and what is kept of it.</summary>
public sealed class ShadowStepTests
{
    private static readonly RolloutPlan Plan = Samples.Plan with
    {
        Steps = [new Step(Weight.Zero, TimeSpan.Zero, 3) { Shadow = new Weight(5000) }, Samples.Five, Samples.Half, Samples.Bake],
        Shadow = ShadowTerms.Default,
        Judge = JudgeTerms.Default with { Admission = null },
    };

    [Fact]
    public void Only_draws_below_the_share_are_asked_of_both_arms_and_only_they_compare()
    {
        var rig = LiveRig.Started(Plan);
        var (copied, alone) = (rig.Generation.Pick(4999), rig.Generation.Pick(5000));
        Assert.Equal((Arm.Stable, true, true, 0.5), (copied.Arm, copied.IsPaired, copied.ByCoin, copied.Share));
        Assert.Equal((Arm.Stable, false, false), (alone.Arm, alone.IsPaired, alone.ByCoin));
        Assert.False(rig.Generation.Pick(0, eligibility: Eligibility.Never).IsPaired);
        Assert.True(rig.Generation.Pick(9999, eligibility: Eligibility.Always).IsPaired);
        var copy = rig.Generation.PickCopy(copied, default)!.Value;
        Assert.Equal((Arm.Canary, 1u, true), (copy.Arm, copy.Sequence, copy.IsCopy));
    }

    [Fact]
    public void Answered_copies_open_the_gate_and_users_begin_with_no_evidence()
    {
        var rig = LiveRig.Started(Plan);
        Answer(rig, Outcome.Success, 2);
        Assert.Equal(GateState.Shut, rig.Gate.State);
        Answer(rig, Outcome.Success, 1);
        Assert.Equal(GateState.Open, rig.Gate.State);
        var trial = rig.Generation;
        var late = trial.Pick(0);
        rig.Do(Samples.Advance);
        Assert.Equal((2, new Weight(500), 0L), (rig.Live.Status.Step, rig.Live.Status.Weight, rig.Generation.Canary.Requests));
        Assert.NotSame(trial, rig.Generation);
        Assert.Null(trial.PickCopy(late, default));
        // One numbering: the canary's log never sees a number twice.
        Assert.Equal(4u, rig.Generation.Pick(0).Sequence);
    }

    [Fact]
    public void Failed_copies_roll_back_and_hurt_nobody()
    {
        var rig = LiveRig.Started(Plan);
        Answer(rig, Outcome.Failure, 2);
        Assert.Equal(RolloutPhase.RolledBack, rig.Live.Status.Phase);
        Assert.Equal((0L, "success-rate"), (rig.Now.Status.Rollback!.Victims, rig.Now.Status.Rollback!.Trigger));
        Assert.Null(rig.Generation.PickCopy(rig.Generation.Pick(0), default));
        Assert.False(rig.Generation.Pick(0).IsPaired);
    }

    [Fact]
    public void A_rollback_in_the_instant_of_the_advance_leaves_no_canary_open()
    {
        var rig = LiveRig.Started(Plan);
        var advanced = rig.Next(Samples.Advance)!;
        // The breach has closed the trial, and the status does not say so yet.
        Assert.NotNull(rig.Generation.Close(Weight.Zero));
        rig.Live.Adopt(advanced);
        Assert.Equal(Arm.Stable, rig.Generation.Pick(0).Arm);
    }

    [Fact]
    public void A_failure_that_both_arms_have_in_common_is_not_the_canarys()
    {
        var rig = LiveRig.Started(Plan with { Judge = Plan.Judge with { HarmCap = null } });
        for (var i = 0; i < 40; i++)
        {
            var pick = rig.Generation.Pick(0);
            rig.Generation.Observe(pick, Outcome.Failure, rig.Time.Monotonic);
            rig.Generation.Observe(rig.Generation.PickCopy(pick, default) ?? pick, Outcome.Failure, rig.Time.Monotonic);
        }

        Assert.Equal(RolloutPhase.Frozen, rig.Live.Status.Phase);
    }

    [Fact]
    public void Copies_end_when_a_person_takes_the_weight_into_the_own_hands_and_the_ladder_goes_on_behind_them()
    {
        var rig = LiveRig.Started(Plan);
        rig.Do(Samples.Weigh(100));
        Assert.False(rig.Generation.Pick(5000).IsPaired);
        rig.Do(Samples.Advance);
        Assert.Equal((2, new Weight(500)), (rig.Live.Status.Step, rig.Live.Status.Weight));
    }

    private static void Answer(LiveRig rig, Outcome outcome, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var pick = rig.Generation.Pick(0);
            rig.Generation.Observe(pick, Outcome.Success, rig.Time.Monotonic);
            rig.Generation.Observe(rig.Generation.PickCopy(pick, default)!.Value, outcome, rig.Time.Monotonic);
        }
    }
}
