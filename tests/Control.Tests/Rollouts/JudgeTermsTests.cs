using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>The judge's other rules, each in production with and without it.</summary>
public sealed class JudgeTermsTests
{
    [Theory]
    [InlineData(2.0, true)]
    [InlineData(null, false)]
    public void A_canary_within_its_budget_that_fails_twenty_times_as_often_as_stable_is_rolled_back(double? maxRatio, bool ends)
    {
        var rig = LiveRig.Started(Terms(JudgeTerms.Default with { MaxRatioToStable = maxRatio }));
        for (var round = 0; round < 30 && rig.Live.Status.Phase == RolloutPhase.Progressing; round++)
        {
            Serve(rig, 249, 4999);
            rig.ServeStable(Outcome.Failure);
            rig.Serve(Outcome.Failure);
            Assert.True(rig.Generation.Canary.SuccessRate >= 99.5);
        }

        Assert.Equal(ends, rig.Live.Status.Phase == RolloutPhase.RolledBack);
        if (ends)
        {
            var record = rig.Live.Status.Rollback!;
            Assert.Equal(("relative", true), (record.Trigger, record.BlamesVersion));
            Assert.InRange(record.Victims, 5, 15);
            Assert.Contains("(allowed 2×)", record.Explanation, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_canary_that_fails_as_often_as_stable_within_its_budget_is_left_alone()
    {
        var rig = LiveRig.Started();
        for (var round = 0; round < 30; round++)
        {
            Serve(rig, 249, 4731);
            rig.Serve(Outcome.Failure);
            for (var i = 0; i < 19; i++)
            {
                rig.ServeStable(Outcome.Failure);
            }
        }

        Assert.Equal((RolloutPhase.Progressing, 0), (rig.Live.Status.Phase, rig.Lowered));
    }

    [Theory]
    [InlineData(3, 6)]
    [InlineData(null, 20)]
    public void A_slow_leak_ends_when_it_has_spent_the_cap(int? cap, int failures)
    {
        var plan = Terms(JudgeTerms.Default with { HarmCap = cap, MaxRatioToStable = null }) with { Sensitivity = Sensitivity.Low };
        var rig = LiveRig.Started(plan);
        for (var hundred = 0; hundred < 20; hundred++)
        {
            rig.Serve(Outcome.Failure);
            Serve(rig, 99, 1900);
        }

        Assert.Equal(failures, rig.Generation.Canary.Failures);
        Assert.Equal(cap is null ? null : "harm-cap", rig.Live.Status.Rollback?.Trigger);
        Assert.EndsWith(
            cap is null ? "" : "the cap is 3. Stable meanwhile: 0 of 9,500 failed.",
            rig.Live.Status.Rollback?.Explanation ?? "",
            StringComparison.Ordinal);
    }

    [Fact]
    public void So_many_failures_in_a_row_replace_the_evidence()
    {
        var rig = LiveRig.Started(Terms(JudgeTerms.Default with { ConsecutiveFailures = 5, MaxRatioToStable = null }));
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 4; i++)
            {
                rig.Serve(Outcome.Failure);
            }

            Assert.Equal(RolloutPhase.Progressing, rig.Live.Status.Phase);
            rig.Serve(Outcome.Success);
        }

        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        }

        Assert.Equal(
            ("consecutive-failures", 5L, 5L),
            rig.Live.Status.Rollback is { } record ? (record.Trigger, record.Requests, record.Failures) : default);
    }

    [Fact]
    public void Without_attribution_an_outage_of_both_pulls_the_canary_at_once()
    {
        var rig = LiveRig.Started(Terms(JudgeTerms.Default with { Attribution = false }));
        rig.Serve(Outcome.Failure);
        for (var i = 0; i < 60; i++)
        {
            rig.ServeStable(Outcome.Failure);
        }

        rig.Serve(Outcome.Failure);
        Assert.Equal((RolloutPhase.RolledBack, true), (rig.Live.Status.Phase, rig.Live.Status.Rollback!.BlamesVersion));
    }

    [Fact]
    public void A_canary_whose_p95_is_a_multiple_of_stables_is_rolled_back_when_asked_for()
    {
        var rig = LiveRig.Started(Terms(JudgeTerms.Default with { MaxLatencyRatioToStable = 1.5 }));
        for (var i = 0; i < 40 && rig.Live.Status.Phase == RolloutPhase.Progressing; i++)
        {
            for (var j = 0; j < 19; j++)
            {
                rig.Generation.Measured(Samples.Stable, TimeSpan.FromMilliseconds(20), TimeSpan.Zero, rig.Time.Monotonic);
            }

            rig.Generation.Measured(Samples.Canary, TimeSpan.FromMilliseconds(i < 10 ? 20 : 100), TimeSpan.Zero, rig.Time.Monotonic);
        }

        Assert.Equal("relative-latency", rig.Live.Status.Rollback?.Trigger);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(20, true)]
    public void Retries_of_one_client_are_one_witness_and_failures_of_many_are_many(int clients, bool ends)
    {
        var rig = LiveRig.Started(basisPoints: 2000);
        for (var i = 0; i < 20; i++)
        {
            rig.Serve(Outcome.Failure, client: 1 + (ulong)(i % clients));
            rig.Time.Advance(TimeSpan.FromMilliseconds(400));
        }

        Assert.Equal(ends, rig.Live.Status.Phase == RolloutPhase.RolledBack);
        Assert.Equal(ends ? 2 : 20, rig.Generation.Canary.Failures);
    }

    [Fact]
    public void A_client_counts_once_however_many_of_its_requests_were_under_way_and_again_after_ten_seconds()
    {
        var rig = LiveRig.Started(Samples.Unbounded);
        var (generation, now) = (rig.Generation, rig.Time.Monotonic);
        Pick[] picks = [.. Enumerable.Range(0, 20).Select(_ => generation.Pick(0, 7, now))];
        Assert.All(picks, pick =>
        {
            Assert.Equal((Arm.Canary, true), (pick.Arm, pick.Counts));
            generation.Observe(pick, Outcome.Failure, now);
            generation.Leave(pick.Arm);
        });
        Assert.Equal(RolloutPhase.Progressing, rig.Live.Status.Phase);
        Assert.False(generation.Pick(0, 7, now).Counts);
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        rig.Serve(Outcome.Failure, client: 7);
        Assert.Equal(RolloutPhase.RolledBack, rig.Live.Status.Phase);
    }

    [Fact]
    public void What_an_old_generation_tells_late_judges_nobody()
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.Success, Samples.P95] });
        var old = rig.Generation;
        var tickets = Enumerable.Range(0, 10).Select(_ => old.Dispatch(Samples.Canary, rig.Time.Monotonic)!).ToArray();
        rig.RollBack();
        var started = rig.Do(Samples.Start("v2"));
        rig.Time.Advance(Samples.P95.Limit);
        foreach (var ticket in tickets)
        {
            old.Answered(ticket, rig.Time.Monotonic);
            old.Observe(Samples.Canary, Outcome.Failure, rig.Time.Monotonic);
            old.Observe(Samples.Stable, Outcome.Failure, rig.Time.Monotonic);
            old.Measured(Samples.Canary, TimeSpan.FromMinutes(1), TimeSpan.Zero, rig.Time.Monotonic);
        }

        old.Tick(rig.Time.Monotonic);
        Assert.Equal((10L, 10L), (old.Canary.Slow, old.Canary.Failures));
        Assert.Equal((started, 1), (rig.Live.Status, rig.Lowered));
        var judge = rig.Generation.Judge!;
        Assert.Equal((0L, 0L, 0L, 0d), (judge.Errors!.Responses, judge.Latency!.Responses, judge.Relative!.Failures, judge.Meter));
    }

    private static RolloutPlan Terms(JudgeTerms terms) => Samples.Plan with { Judge = terms };

    private static void Serve(LiveRig rig, int canary, int stable)
    {
        for (var i = 0; i < canary; i++)
        {
            rig.Serve(Outcome.Success);
        }

        for (var i = 0; i < stable; i++)
        {
            rig.ServeStable(Outcome.Success);
        }
    }
}
