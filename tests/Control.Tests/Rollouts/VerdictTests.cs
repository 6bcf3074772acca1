using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class VerdictTests
{
    private static readonly RolloutPlan Plan = Samples.Plan with
    {
        Objectives = [Samples.Success, Samples.P95],
        Steps = [Samples.Five with { Requests = 2 }, Samples.Bake],
    };

    [Fact]
    public void Without_a_generation_there_is_nothing_to_judge() =>
        Assert.Equal(new Verdict(VerdictState.NotEnough, 0, "No generation is open."), Verdict.Of(new LiveRig().Now));

    [Fact]
    public void It_passes_when_the_step_has_seen_its_responses_and_says_what_was_seen()
    {
        var rig = LiveRig.Started(Plan);
        Assert.Equal(new Verdict(VerdictState.NotEnough, 0, "No canary response yet."), Verdict.Of(rig.Now));
        rig.Serve(Outcome.Success);
        Assert.Equal(VerdictState.NotEnough, Verdict.Of(rig.Now).State);
        rig.Serve(Outcome.Success);
        Assert.Equal(
            new Verdict(
                VerdictState.Pass,
                0,
                "0 of 2 canary responses failed (0%; allowed 0.5%). 0 of 0 canary responses took longer than 400 ms (allowed 5%). Neither arm failed."),
            Verdict.Of(rig.Now));
    }

    [Fact]
    public void A_plan_that_only_compares_says_what_was_seen_too_and_not_that_nobody_answered()
    {
        var rig = LiveRig.Started(Plan with { Objectives = [] });
        Assert.Equal("No canary response yet.", Verdict.Of(rig.Now).Explanation);
        rig.Serve(Outcome.Success);
        Assert.Equal("Neither arm failed.", Verdict.Of(rig.Now).Explanation);
        Assert.StartsWith("Nothing to prove: the plan limits neither its success rate nor a latency.", Proof.Of(rig.Now), StringComparison.Ordinal);
    }

    [Fact]
    public void One_failure_is_evidence_and_no_verdict()
    {
        var rig = LiveRig.Started(Plan);
        rig.Serve(Outcome.Failure);
        var verdict = Verdict.Of(rig.Now);
        Assert.InRange(verdict.Evidence, 0.01, 0.99);
        Assert.Equal(VerdictState.NotEnough, verdict.State);
        Assert.StartsWith("1 of 1 canary response failed (100%; allowed 0.5%).", verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_breach_is_told_in_the_words_of_the_record()
    {
        var rig = LiveRig.Started(Plan);
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.Equal(new Verdict(VerdictState.Breach, 1, rig.Live.Status.Rollback!.Explanation), Verdict.Of(rig.Now));
        Assert.Contains("v1", rig.Live.Status.Rollback.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_breach_that_nobody_acted_on_says_that_automatic_rollback_is_off()
    {
        var rig = LiveRig.Started(Plan);
        rig.Switches.AutoRollback = false;
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        var verdict = Verdict.Of(rig.Now);
        Assert.Equal(VerdictState.Breach, verdict.State);
        Assert.StartsWith("AUTOMATIC ROLLBACK IS OFF: the canary broke success-rate", verdict.Explanation, StringComparison.Ordinal);

        rig.Do(Samples.Resume);
        Assert.Equal((VerdictState.Breach, "an objective is broken now; no step goes up"), (Verdict.Of(rig.Now).State, rig.Gate.Sentence));
    }

    [Fact]
    public void A_rollback_for_want_of_requests_says_that_too_few_were_seen_and_not_that_both_arms_failed()
    {
        var rig = LiveRig.Started(Plan);
        rig.Live.RollBack(Rollback.NoData, "Rolled back.", Authority.Judge, "judge", "too few", blamesVersion: false);
        Assert.Equal(new Verdict(VerdictState.NotEnough, 0, "Rolled back."), Verdict.Of(rig.Now));
    }

    [Fact]
    public void What_a_person_rolled_back_is_not_told_by_stables_failures_afterwards()
    {
        var rig = LiveRig.Started(Plan);
        rig.Serve(Outcome.Success);
        rig.RollBack();
        rig.ServeStable(Outcome.Failure);
        Assert.Equal("No generation is open.", Verdict.Of(rig.Now).Explanation);
    }

    [Fact]
    public void What_is_promoted_is_not_told_by_counts_that_go_on()
    {
        var rig = LiveRig.Started(Plan);
        rig.Serve(Outcome.Success);
        rig.Do(new RolloutCommand.Promote("ann", null));
        rig.Serve(Outcome.Success);
        Assert.Equal("No generation is open.", Verdict.Of(rig.Now).Explanation);
    }

    [Fact]
    public void An_operators_rollback_is_no_breach()
    {
        var rig = LiveRig.Started(Plan);
        rig.RollBack();
        Assert.NotEqual(VerdictState.Breach, Verdict.Of(rig.Now).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_shorter_plan_put_after_the_end_can_still_be_judged(bool promoted)
    {
        var rig = LiveRig.Started();
        rig.Do(Samples.Advance, Samples.Advance);
        if (promoted)
        {
            rig.Do(Samples.Promote);
        }
        else
        {
            rig.RollBack();
        }

        rig.Live.Replace(Samples.Plan with { Steps = [Samples.Bake] }, rig.Live.Status with { Revision = rig.Live.Status.Revision + 1 });
        Assert.NotEqual(VerdictState.Breach, Verdict.Of(rig.Now).State);
        Assert.Equal(GateState.Shut, rig.Gate.State);
    }

    [Fact]
    public void What_was_counted_before_a_rollback_was_counted_at_the_weight_of_then()
    {
        var rig = LiveRig.Started();
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.Equal(Weight.Zero, rig.Live.Status.Weight);
        Assert.Equal(
            "2 of 2 failures of both arms were the canary's, at 5% of the traffic.",
            ObjectiveEvidence.Of(rig.Now).Single(one => one.Name == "relative").Sentence);
    }

    [Fact]
    public void A_comparison_tells_the_failures_of_all_replicas()
    {
        var rig = LiveRig.Started();
        rig.Serve(Outcome.Failure);
        var report = default(Tally) with { CanaryGood = 90, CanaryBad = 1, StableGood = 90, StableBad = 2 };
        rig.Generation.Take("r2", report, default, rig.Time.Monotonic);
        var told = ObjectiveEvidence.Of(rig.Now).Single(one => one.Name == "relative");
        Assert.Equal((4L, 2L), (told.Responses, told.Bad));
        Assert.Equal("2 of 4 failures of both arms were the canary's, at 5% of the traffic.", told.Sentence);
    }

    [Fact]
    public void A_comparison_in_a_shadow_step_is_of_a_canary_that_gets_copies_and_not_0_per_cent_of_the_traffic()
    {
        var copies = new Step(Weight.Zero, TimeSpan.Zero, 1) { Shadow = Weight.Full };
        var rig = LiveRig.Started(Plan with { Shadow = ShadowTerms.Default, Steps = [copies, .. Plan.Steps] });
        rig.ServeStable(Outcome.Failure);
        var told = ObjectiveEvidence.Of(rig.Now).Single(one => one.Name == "relative");
        Assert.Equal((0.5, "0 of 1 failure of both arms were the canary's, which gets copies only."), (told.Allowed, told.Sentence));
    }

    [Fact]
    public void Requests_in_flight_are_compared_at_the_weight_that_drew_them_and_not_at_the_0_that_somebody_set_since()
    {
        var rig = LiveRig.Started(Plan with { Objectives = [], Judge = JudgeTerms.Default with { Admission = null } });
        var inFlight = Enumerable.Range(0, 100).Select(_ => rig.Generation.Pick(0)).ToList();
        var stable = Enumerable.Range(0, 100).Select(_ => rig.Generation.Pick(Weight.Whole - 1)).ToList();
        rig.Do(Samples.Weigh(0));
        for (var i = 0; i < 100 && rig.Live.Status.Phase.IsOpen(); i++)
        {
            rig.Generation.Observe(stable[i], Outcome.Failure, rig.Time.Monotonic);
            rig.Generation.Observe(inFlight[i], Outcome.Failure, rig.Time.Monotonic);
        }

        var told = rig.Live.Status.Rollback!.Explanation;
        Assert.Contains("which got only 5% of the traffic: about ", told, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comparison_of_p95s_that_moves_the_meter_is_told()
    {
        var rig = LiveRig.Started(Samples.Plan with { Judge = JudgeTerms.Default with { MaxLatencyRatioToStable = 1.5 } });
        Assert.Equal("Stable's p95 is not known yet.", Told().Sentence);
        var judge = rig.Generation.Judge!;
        for (var i = 0; i < 20; i++)
        {
            judge.StableLatency(TimeSpan.FromMilliseconds(20), 0.05);
        }

        judge.CanaryLatency(TimeSpan.FromMilliseconds(31), rig.Time.Monotonic, 0.05);
        var told = Told();
        Assert.Equal("1 of 1 slow response (over 20 ms; the canary's over 1.5× that) was the canary's, at 5% of the traffic.", told.Sentence);
        Assert.Equal((judge.Meter, TimeSpan.FromMilliseconds(30)), (told.Meter, told.Limit));

        ObjectiveEvidence Told() => ObjectiveEvidence.Of(rig.Now).Single(one => one.Name == "relative-latency");
    }

    [Fact]
    public void After_an_end_a_plan_with_another_objective_shows_what_the_ended_generation_was_judged_by()
    {
        var rig = LiveRig.Started();
        rig.Serve(Outcome.Success);
        rig.RollBack();
        rig.Live.Replace(rig.Plan with { Objectives = [Samples.P95] }, rig.Live.Status);
        Assert.Equal(["success-rate"], ObjectiveEvidence.Of(rig.Now).Select(one => one.Name).Where(name => name != "relative"));
        Assert.Equal("No generation is open.", Verdict.Of(rig.Now).Explanation);
    }
}
