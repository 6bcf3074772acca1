using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>The one mutable cell: what rolls it back, what does not, and what its record says.</summary>
public sealed class LiveRolloutTests
{
    private static readonly RolloutPlan Latency = Samples.Plan with { Objectives = [Samples.P95] };

    [Fact]
    public void A_commit_that_another_replica_has_built_on_before_it_was_answered_has_taken_effect()
    {
        var rig = LiveRig.Started();
        var advanced = rig.Next(Samples.Advance)!;
        var paused = Transitions.Apply(rig.Plan, advanced, Samples.Pause, TimeSpan.Zero, rig.Time.GetUtcNow()).Next!;
        Assert.True(rig.Live.Hear(rig.Plan, paused));
        Assert.True(rig.Live.Adopt(advanced));
        Assert.Equal(RolloutPhase.Paused, rig.Live.Status.Phase);
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.False(rig.Live.Adopt(advanced));
    }

    [Fact]
    public void A_rollback_by_a_replica_that_has_not_heard_of_a_later_plan_takes_the_status_down_and_leaves_the_plan_on_both_sides()
    {
        var (there, here) = (LiveRig.Started(), LiveRig.Started());
        var (before, later) = (there.Live.Status, Samples.Plan with { Steps = [Samples.Half] });
        here.Live.Replace(later, before with { Revision = before.Revision + 1, Plans = before.Plans + 1 });
        there.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.Equal((before.Revision + 1, before.Revision + 1), (here.Live.Status.Revision, there.Live.Status.Revision));

        var (replanned, down) = (here.Live.Status, there.Live.Status);
        Assert.True(here.Live.Hear(there.Plan, down));
        Assert.True(there.Live.Hear(later, replanned));
        foreach (var live in new[] { here.Live, there.Live })
        {
            Assert.Equal((RolloutPhase.RolledBack, before.Plans + 1), (live.Status.Phase, live.Status.Plans));
            Assert.Same(later, live.Plan);
        }

        Assert.Equal(there.Live.Status, here.Live.Status);
        Assert.False(here.Live.Hear(there.Plan, down));
    }

    [Fact]
    public void A_plan_goes_with_the_status_where_that_is_of_a_rollout_made_anew_or_of_a_version_that_does_not_count_plans()
    {
        var other = Samples.Plan with { Steps = [Samples.Half] };
        foreach (var of in (Func<RolloutStatus, RolloutStatus>[])[status => status with { Created = status.Created.AddDays(1), Plans = 1 }, status => status with { Plans = null }])
        {
            var rig = LiveRig.Started();
            rig.Live.Replace(rig.Plan, rig.Live.Status with { Plans = 5, Revision = rig.Live.Status.Revision + 1 });
            var heard = of(rig.Live.Status with { Phase = RolloutPhase.RolledBack, Weight = Weight.Zero });
            Assert.True(rig.Live.Hear(other, heard));
            Assert.Same(other, rig.Live.Plan);
            Assert.Equal(heard.Plans ?? 6, rig.Live.Status.Plans);
        }
    }

    [Fact]
    public void The_second_failure_of_a_dead_canary_rolls_back()
    {
        var rig = LiveRig.Started();
        Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        Assert.Equal(RolloutPhase.Progressing, rig.Live.Status.Phase);
        Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        Assert.Equal(RolloutPhase.RolledBack, rig.Live.Status.Phase);
        Assert.Equal(Arm.Stable, rig.Serve(Outcome.Failure));

        var record = rig.Now.Status.Rollback!;
        Assert.Equal(("success-rate", Authority.Judge, 2L, 2L), (record.Trigger, record.Authority, record.Requests, record.Failures));
        Assert.Equal((new Weight(500), 0d, 99.5, 2L), (record.WeightBefore, record.Observed, record.Limit, record.Victims));
        Assert.Equal(1, rig.Lowered);
    }

    [Fact]
    public void After_20_000_good_responses_it_takes_three_failures()
    {
        var rig = LiveRig.Started();
        for (var i = 0; i < 20_000; i++)
        {
            rig.Serve(Outcome.Success);
        }

        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.Equal(RolloutPhase.Progressing, rig.Live.Status.Phase);
        rig.Serve(Outcome.Failure);
        Assert.Equal(RolloutPhase.RolledBack, rig.Live.Status.Phase);
    }

    [Fact]
    public void The_third_slow_response_breaks_a_p95_and_names_it()
    {
        var rig = LiveRig.Started(Latency);
        for (var slow = 1; slow <= 3; slow++)
        {
            Assert.Equal(RolloutPhase.Progressing, rig.Live.Status.Phase);
            var ticket = rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic)!;
            rig.Time.Advance(Samples.P95.Limit);
            rig.Generation.Answered(ticket, rig.Time.Monotonic);
        }

        Assert.Equal("p95", rig.Live.Status.Rollback!.Trigger);
    }

    [Fact]
    public void Stable_failures_neutral_canary_requests_and_latency_free_plans_roll_nothing_back()
    {
        var rig = LiveRig.Started();
        for (var i = 0; i < 1000; i++)
        {
            rig.Generation.Observe(Samples.Stable, Outcome.Failure, rig.Time.Monotonic);
            rig.Generation.Observe(Samples.Canary, Outcome.Neutral, rig.Time.Monotonic);
            rig.Generation.Measured(Samples.Canary, TimeSpan.FromHours(1), TimeSpan.Zero, rig.Time.Monotonic);
        }

        Assert.Null(rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic));
        Assert.Equal((RolloutPhase.Progressing, 0), (rig.Live.Status.Phase, rig.Lowered));
    }

    [Fact]
    public void A_late_failure_of_an_old_generation_does_not_touch_the_new_one()
    {
        var rig = LiveRig.Started();
        var old = rig.Generation;
        rig.RollBack();
        rig.Do(Samples.Start("v2"));
        for (var i = 0; i < 10; i++)
        {
            old.Observe(Samples.Canary, Outcome.Failure, rig.Time.Monotonic);
            old.Unavailable(rig.Time.Monotonic);
        }

        Assert.Equal((2L, RolloutPhase.Progressing, 500), (rig.Live.Status.Generation, rig.Live.Status.Phase, rig.Generation.Word.Weight));
        Assert.Equal(0, rig.Generation.Canary.Failures);
    }

    [Fact]
    public void A_promoted_canary_is_not_judged_any_more()
    {
        var rig = LiveRig.Started();
        rig.Do(Samples.Promote);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        }

        rig.Generation.Unavailable(rig.Time.Monotonic);
        Assert.Equal((RolloutPhase.Promoted, Weight.Full), (rig.Live.Status.Phase, rig.Live.Status.Weight));
    }

    [Theory]
    [InlineData(RolloutPhase.Progressing)]
    [InlineData(RolloutPhase.Paused)]
    [InlineData(RolloutPhase.Frozen)]
    [InlineData(RolloutPhase.Baking)]
    [InlineData(RolloutPhase.Promoted)]
    public void An_operator_can_roll_back_in_every_phase_that_has_traffic(RolloutPhase phase)
    {
        var rig = LiveRig.Started();
        rig.Do(phase switch
        {
            RolloutPhase.Paused => [Samples.Pause],
            RolloutPhase.Frozen => [new RolloutCommand.Freeze("It broke.")],
            RolloutPhase.Baking => [Samples.Advance, Samples.Advance],
            RolloutPhase.Promoted => [Samples.Promote],
            _ => [],
        });
        Assert.Equal(phase, rig.Live.Status.Phase);
        Assert.NotNull(rig.RollBack());
        Assert.Equal((RolloutPhase.RolledBack, 0, 0), (rig.Live.Status.Phase, rig.Live.Status.Weight.BasisPoints, rig.Generation.Word.Weight));
        Assert.Equal(Arm.Stable, rig.Generation.Pick(0).Arm);
        Assert.Null(rig.RollBack());
        Assert.Equal(1, rig.Lowered);
    }

    [Fact]
    public void A_rollback_that_arrives_from_outside_takes_the_traffic_even_after_a_promotion()
    {
        var rig = LiveRig.Started();
        rig.Do(Samples.Promote);
        Assert.True(rig.Live.Adopt(rig.Next(new RolloutCommand.RollBack(Samples.Record))!));
        Assert.Equal(0, rig.Generation.Word.Weight);
    }

    [Fact]
    public void With_nobody_to_answer_it_rolls_back_at_once()
    {
        var rig = LiveRig.Started();
        rig.Generation.Unavailable(rig.Time.Monotonic);
        Assert.Equal(("unavailable", Authority.Judge), (rig.Live.Status.Rollback!.Trigger, rig.Live.Status.Rollback.Authority));
        Assert.Equal(0, rig.Generation.Word.Weight);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_automatic_rollback_a_breach_freezes_and_says_so_once(bool unavailable)
    {
        var rig = LiveRig.Started();
        rig.Switches.AutoRollback = false;
        for (var i = 0; i < 20; i++)
        {
            if (unavailable)
            {
                rig.Generation.Unavailable(rig.Time.Monotonic);
            }

            Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        }

        var status = rig.Live.Status;
        Assert.Equal((RolloutPhase.Frozen, new Weight(500), 1), (status.Phase, status.Weight, rig.Lowered));
        Assert.False(string.IsNullOrEmpty(status.Reason));
        Assert.Null(rig.Next(Samples.Weigh(600)));
        Assert.Null(rig.Next(Samples.Advance));
    }

    [Fact]
    public void A_frozen_rollout_rolls_back_at_the_next_failure_once_automatic_rollback_is_on_again()
    {
        var rig = LiveRig.Started();
        rig.Switches.AutoRollback = false;
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        rig.Switches.AutoRollback = true;
        rig.Serve(Outcome.Failure);
        Assert.Equal(RolloutPhase.RolledBack, rig.Live.Status.Phase);
    }

    [Fact]
    public void Victims_in_flight_at_the_decision_end_up_in_the_record()
    {
        var rig = LiveRig.Started(Samples.Unbounded);
        var generation = rig.Generation;
        for (var i = 0; i < 3; i++)
        {
            generation.Pick(0);
        }

        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.Equal((2L, 4), (rig.Now.Status.Rollback!.Victims, rig.Now.Status.Rollback!.InFlightAtDecision));
        generation.Observe(Samples.Canary, Outcome.Failure, rig.Time.Monotonic);
        generation.Observe(Samples.Canary, Outcome.Success, rig.Time.Monotonic);
        generation.Observe(Samples.Canary, Outcome.Failure, rig.Time.Monotonic);
        Assert.Equal((4L, 0u), (rig.Now.Status.Rollback!.Victims, rig.Now.Status.Rollback!.CanaryAfterDecision));
    }

    [Fact]
    public void A_record_that_was_loaded_keeps_its_counts()
    {
        var rig = LiveRig.Started();
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        var stored = rig.Now.Status;
        var loaded = new LiveRollout(rig.Plan, stored, "r2", rig.Switches, rig.Time, _ => { });
        Assert.Equal(stored, loaded.Snapshot(rig.Time.Monotonic).Status);
        Assert.Equal((0, true), (loaded.Generation.Word.Weight, loaded.Generation.Word.Closed));
    }

    [Fact]
    public void A_dominated_status_is_not_taken_over()
    {
        var rig = LiveRig.Started();
        var (now, weighed) = (rig.Live.Status, rig.Next(Samples.Weigh(600))!);
        rig.RollBack();
        Assert.False(rig.Live.Adopt(weighed));
        Assert.False(rig.Live.Adopt(now));
        Assert.Equal(0, rig.Generation.Word.Weight);
    }

    [Fact]
    public void A_start_that_the_fleet_told_before_its_commit_was_answered_has_happened_also_if_its_canary_is_rolled_back_by_then()
    {
        var rig = new LiveRig();
        var (before, started) = (rig.Live.Status, rig.Next(Samples.Start("v1"))!);
        Assert.True(rig.Live.Adopt(started));
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.True(rig.Live.Adopt(started, before));
        Assert.Equal((RolloutPhase.RolledBack, "v1"), (rig.Live.Status.Phase, rig.Live.Status.Version));
    }

    [Fact]
    public void A_weight_that_was_committed_beside_a_rollback_has_not_happened()
    {
        var rig = LiveRig.Started();
        var (before, weighed) = (rig.Live.Status, rig.Next(Samples.Weigh(600))!);
        rig.RollBack();
        Assert.False(rig.Live.Adopt(weighed, before));
    }

    [Fact]
    public void A_record_of_another_replica_that_decided_in_the_same_moment_keeps_its_own_counts()
    {
        var rig = LiveRig.Started();
        for (var i = 0; i < 3; i++)
        {
            rig.Serve(Outcome.Success);
        }

        var mine = rig.RollBack()!;
        var theirs = mine with { Rollback = mine.Rollback! with { Replica = "r2", At = mine.Rollback.At.AddSeconds(-1), SequenceAtDecision = 1, Victims = 9 } };
        Assert.True(rig.Live.Adopt(theirs));
        Assert.Equal(("r2", 0u, 9L), rig.Now.Status.Rollback is { } record ? (record.Replica, record.CanaryAfterDecision, record.Victims) : default);
    }
}
