using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Who is blamed when both arms fail, and who is acquitted afterwards.</summary>
public sealed class SharedFailureTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Instant = TimeSpan.FromTicks(1);

    [Fact]
    public void An_outage_of_both_freezes_and_blames_nobody()
    {
        var rig = Outage();
        var status = rig.Live.Status;
        Assert.Equal((RolloutPhase.Frozen, true, new Weight(500), 1), (status.Phase, status.Shared, status.Weight, rig.Lowered));
        Assert.Equal(new Verdict(VerdictState.BothBad, 1, status.Reason!), Verdict.Of(rig.Now));
        Assert.StartsWith("Stable is failing too (60 of 60): not blamed on v1.", status.Reason, StringComparison.Ordinal);
        Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        Assert.Equal((status, 1), (rig.Live.Status, rig.Lowered));
        Assert.Null(rig.Next(Samples.Weigh(600)));
    }

    [Fact]
    public void An_outage_that_outlasts_the_grace_withdraws_the_canary_and_its_version_may_start_again()
    {
        var rig = Outage();
        rig.Time.Advance(Grace - Instant);
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal(RolloutPhase.Frozen, rig.Live.Status.Phase);
        rig.Time.Advance(Instant);
        rig.Generation.Tick(rig.Time.Monotonic);
        var status = rig.Live.Status;
        Assert.Equal((RolloutPhase.RolledBack, 0, 0), (status.Phase, rig.Generation.Word.Weight, status.RefusedVersions.Length));
        Assert.Equal(
            ("shared-failure", false, Authority.Judge),
            (status.Rollback!.Trigger, status.Rollback.BlamesVersion, status.Rollback.Authority));
        Assert.Equal(VerdictState.BothBad, Verdict.Of(rig.Now).State);
        Assert.StartsWith("Withdrew v1 (5% → 0%) as a precaution, since it lasted 10 s.", status.Rollback.Explanation, StringComparison.Ordinal);
        Assert.Equal(RolloutPhase.Progressing, rig.Do(Samples.Start("v1")).Phase);
    }

    [Fact]
    public void An_outage_that_costs_more_than_the_cap_withdraws_the_canary_before_the_grace_is_over_and_says_why()
    {
        var rig = Outage();
        while (rig.Live.Status.Phase == RolloutPhase.Frozen)
        {
            rig.Serve(Outcome.Failure);
            for (var i = 0; i < 19; i++)
            {
                rig.ServeStable(Outcome.Failure);
            }
        }

        Assert.StartsWith(
            "Withdrew v1 (5% → 0%) as a precaution, since it cost 50 failures beyond the canary's allowance. Stable is failing too",
            rig.Live.Status.Rollback?.Explanation,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_slowness_of_both_is_recorded_by_the_limit_that_it_broke()
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.Success, Samples.P95] });
        var judge = rig.Generation.Judge!;
        judge.CanarySlow(rig.Time.Monotonic, 0.05);
        judge.CanarySlow(rig.Time.Monotonic, 0.05);
        for (var i = 0; i < 60; i++)
        {
            judge.StableSlow(rig.Time.Monotonic, 0.05);
        }

        rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic);
        rig.Time.Advance(Samples.P95.Limit);
        rig.Generation.Tick(rig.Time.Monotonic);
        rig.Time.Advance(Grace);
        rig.Generation.Tick(rig.Time.Monotonic);
        var record = rig.Live.Status.Rollback!;
        Assert.Equal(("shared-failure", 95d, 0d), (record.Trigger, record.Limit, record.Observed));
    }

    [Fact]
    public void An_outage_that_passes_withdraws_nobody_and_somebody_must_resume_with_a_reason()
    {
        var rig = Outage();
        rig.Generation.Judge!.CanaryGood(5000);
        rig.Generation.Judge.StableGood(50_000);
        rig.Time.Advance(Grace);
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal(RolloutPhase.Frozen, rig.Live.Status.Phase);
        Assert.Null(rig.Next(new RolloutCommand.Resume("ann")));
        Assert.Equal((RolloutPhase.Progressing, false), rig.Do(Samples.Resume) is var status ? (status.Phase, status.Shared) : default);
    }

    [Fact]
    public void A_canary_that_goes_on_failing_after_stable_recovered_is_blamed_out_of_the_freeze()
    {
        var rig = Outage(stableFailures: 12);
        Assert.Equal(RolloutPhase.Frozen, rig.Live.Status.Phase);
        for (var i = 0; i < 12 && rig.Live.Status.Phase == RolloutPhase.Frozen; i++)
        {
            rig.Serve(Outcome.Failure);
        }

        Assert.Equal((RolloutPhase.RolledBack, true), (rig.Live.Status.Phase, rig.Live.Status.Rollback!.BlamesVersion));
        Assert.Equal(["v1"], rig.Live.Status.RefusedVersions);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(2000)]
    [InlineData(5000)]
    [InlineData(9000)]
    [InlineData(10_000)]
    public void A_dead_canary_beside_a_well_stable_ends_with_its_second_failure_at_every_weight(int weight)
    {
        var rig = Dead(weight);
        Assert.Equal(
            (RolloutPhase.RolledBack, 2L, true),
            (rig.Live.Status.Phase, rig.Live.Status.Rollback!.Victims, rig.Live.Status.Rollback.BlamesVersion));
        Assert.Equal(["v1"], rig.Live.Status.RefusedVersions);
    }

    [Fact]
    public void Stable_that_fails_within_the_grace_exonerates_the_version()
    {
        var rig = Dead(5000);
        var before = rig.Live.Status;
        rig.Time.Advance(Grace - Instant);
        FailStable(rig);
        var status = rig.Live.Status;
        Assert.Equal((RolloutPhase.RolledBack, 0, before.Revision + 1), (status.Phase, rig.Generation.Word.Weight, status.Revision));
        Assert.Equal((false, 0, 2), (status.Rollback!.BlamesVersion, status.RefusedVersions.Length, rig.Lowered));
        Assert.Equal($"{before.Rollback!.Explanation} {status.Reason}", status.Rollback.Explanation);
        Assert.Equal(VerdictState.BothBad, Verdict.Of(rig.Now).State);
        FailStable(rig);
        Assert.Equal((status.Revision, 2), (rig.Live.Status.Revision, rig.Lowered));
        Assert.Equal(2, rig.Do(Samples.Start("v1")).Generation);
    }

    [Fact]
    public void Stable_that_fails_after_the_grace_exonerates_nobody()
    {
        var rig = Dead(5000);
        rig.Time.Advance(Grace);
        FailStable(rig);
        StaysBlamed(rig);
    }

    [Fact]
    public void Stable_that_stays_well_exonerates_nobody()
    {
        var rig = Dead(5000);
        for (var i = 0; i < 1000; i++)
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(9));
            rig.Serve(i == 500 ? Outcome.Failure : Outcome.Success);
            rig.Generation.Tick(rig.Time.Monotonic);
        }

        StaysBlamed(rig);
    }

    [Fact]
    public void Stable_that_only_gets_slow_exonerates_no_version_that_failed()
    {
        var rig = Dead(5000, Samples.Plan with { Objectives = [Samples.Success, Samples.P95] });
        for (var i = 0; i < 20; i++)
        {
            rig.Generation.Dispatch(Samples.Stable, rig.Time.Monotonic);
        }

        rig.Time.Advance(Samples.P95.Limit);
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal(20, rig.Generation.Stable.Slow);
        StaysBlamed(rig);
    }

    /// <summary>
    /// Whoever looks seldom, on a machine that has hardly a core left, finds many of both at once: their order is still
    /// that of the requests.
    /// </summary>
    [Theory]
    [InlineData(10)]
    [InlineData(90)]
    [InlineData(1000)]
    public void When_both_arms_hang_the_canary_is_not_to_blame_however_seldom_somebody_looks(int every)
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.P95] }, basisPoints: 5000);
        for (var at = 0; at < 1000; at += 5)
        {
            if (at < 200)
            {
                rig.Generation.Dispatch(
                    at % 10 == 0
                        ? Samples.Stable with { Weight = new Weight(5000) }
                        : Samples.Canary with { Weight = new Weight(5000) },
                    rig.Time.Monotonic);
            }

            rig.Time.Advance(TimeSpan.FromMilliseconds(5));
            if ((at + 5) % every == 0)
            {
                rig.Generation.Tick(rig.Time.Monotonic);
            }
        }

        Assert.Equal((RolloutPhase.Frozen, 20L, 20L), (rig.Live.Status.Phase, rig.Generation.Stable.Slow, rig.Generation.Canary.Slow));
    }

    [Fact]
    public void A_blame_that_was_proved_stays_whatever_stable_does_later()
    {
        var rig = Dead(500);
        FailStable(rig);
        StaysBlamed(rig);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_exoneration_that_comes_too_late_does_not_touch_the_next_generation(bool rolledBack)
    {
        var rig = Dead(5000);
        var old = rig.Generation;
        rig.Do(Samples.Start("v2"));
        _ = rolledBack ? rig.RollBack() : null;
        var next = rig.Live.Status;
        for (var i = 0; i < 20; i++)
        {
            old.Observe(Samples.Stable, Outcome.Failure, rig.Time.Monotonic);
        }

        old.Tick(rig.Time.Monotonic);
        Assert.Equal(next, rig.Live.Status);
        Assert.Equal(rolledBack ? ["v1", "v2"] : ["v1"], next.RefusedVersions);
    }

    /// <summary>The alarm is raised at the end of it: the canary failed twice, and stable in between.</summary>
    private static LiveRig Outage(int stableFailures = 60)
    {
        var rig = LiveRig.Started();
        rig.Serve(Outcome.Failure);
        for (var i = 0; i < stableFailures; i++)
        {
            rig.ServeStable(Outcome.Failure);
        }

        rig.Serve(Outcome.Failure);
        return rig;
    }

    private static LiveRig Dead(int weight, RolloutPlan? plan = null)
    {
        var rig = LiveRig.Started(plan, weight);
        rig.Serve(Outcome.Failure);
        Assert.Equal(RolloutPhase.Progressing, rig.Live.Status.Phase);
        rig.Serve(Outcome.Failure);
        return rig;
    }

    private static void FailStable(LiveRig rig)
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Arm.Stable, rig.Serve(Outcome.Failure));
        }

        rig.Generation.Tick(rig.Time.Monotonic);
    }

    private static void StaysBlamed(LiveRig rig)
    {
        var status = rig.Live.Status;
        Assert.Equal((RolloutPhase.RolledBack, true, 1), (status.Phase, status.Rollback!.BlamesVersion, rig.Lowered));
        Assert.Equal(["v1"], status.RefusedVersions);
    }
}
