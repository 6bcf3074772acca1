using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>The one mutable cell: what rolls it back, what does not, and what its record says.</summary>
public sealed class LiveRolloutTests
{
    private static readonly RolloutPlan Latency = Samples.Plan with { Objectives = [Samples.P95] };

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
}
