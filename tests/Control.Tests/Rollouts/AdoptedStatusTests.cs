using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>What a rollout takes over from the store, from other replicas and from its own commits, and what it does not.</summary>
public sealed class AdoptedStatusTests
{
    [Fact]
    public void A_commit_that_another_replica_has_built_on_before_it_was_answered_has_taken_effect()
    {
        var rig = LiveRig.Started();
        var advanced = rig.Next(Samples.Advance)!;
        var paused = Transitions.Apply(rig.Plan, advanced, Samples.Pause, TimeSpan.Zero, rig.Time.GetUtcNow()).Next!;
        Assert.True(rig.Live.Merge(rig.Plan, paused));
        Assert.True(rig.Live.Adopt(advanced));
        Assert.Equal(RolloutPhase.Paused, rig.Live.Status.Phase);
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.False(rig.Live.Adopt(advanced));
    }

    [Fact]
    public void What_moved_behind_another_commit_was_made_when_it_was_made()
    {
        var rig = LiveRig.Started();
        var before = rig.Live.Status;
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        var made = rig.Live.Status;
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        rig.Live.MoveBehind(made.Generation, made.Revision);

        var moved = rig.Live.Status;
        Assert.Equal(made.Revision + 1, moved.Revision);
        Assert.Equal(made.ChangedAt(before, rig.Time.GetUtcNow()), moved.ChangedAt(made, rig.Time.GetUtcNow()));
        var approved = moved with { Revision = moved.Revision + 1, Reason = "another" };
        Assert.Equal(rig.Time.GetUtcNow(), approved.ChangedAt(moved, rig.Time.GetUtcNow()));
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
        Assert.True(here.Live.Merge(there.Plan, down));
        Assert.True(there.Live.Merge(later, replanned));
        foreach (var live in new[] { here.Live, there.Live })
        {
            Assert.Equal((RolloutPhase.RolledBack, before.Plans + 1), (live.Status.Phase, live.Status.Plans));
            Assert.Same(later, live.Plan);
        }

        Assert.Equal(there.Live.Status, here.Live.Status);
        Assert.False(here.Live.Merge(there.Plan, down));
    }

    [Fact]
    public void A_plan_goes_with_the_status_where_that_is_of_a_rollout_made_anew_or_of_a_version_that_does_not_count_plans()
    {
        var other = Samples.Plan with { Steps = [Samples.Half] };
        foreach (var of in (Func<RolloutStatus, RolloutStatus>[])[
            status => status with { Created = status.Created.AddDays(1), Plans = 1 },
            status => status with { Plans = null }
        ])
        {
            var rig = LiveRig.Started();
            rig.Live.Replace(rig.Plan, rig.Live.Status with { Plans = 5, Revision = rig.Live.Status.Revision + 1 });
            var heard = of(rig.Live.Status with { Phase = RolloutPhase.RolledBack, Weight = Weight.Zero });
            Assert.True(rig.Live.Merge(other, heard));
            Assert.Same(other, rig.Live.Plan);
            Assert.Equal(heard.Plans ?? 6, rig.Live.Status.Plans);
        }
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
