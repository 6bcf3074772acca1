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
        Says(rig, GateState.Shut, "hold 10m, 10m left; 0 of 3 requests");
        rig.Time.Advance(TimeSpan.FromSeconds(599.31));
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Shut, "hold 10m, 700ms left; 1 of 3 requests");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Says(rig, GateState.Shut, "hold 10m, served; 1 of 3 requests");
        rig.Serve(Outcome.Success);
        rig.Serve(Outcome.Neutral);
        Says(rig, GateState.Shut, "hold 10m, served; 2 of 3 requests");
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Open, "hold 10m, served; 3 requests seen");
    }

    [Fact]
    public void A_step_without_a_hold_waits_for_requests_alone()
    {
        var rig = LiveRig.Started(Plan);
        rig.Do(Samples.Advance);
        Says(rig, GateState.Shut, "0 of 2 requests");
    }

    [Fact]
    public void A_bake_is_called_one()
    {
        var rig = LiveRig.Started(Plan);
        rig.Do(Samples.Advance, Samples.Advance);
        rig.Time.Advance(TimeSpan.FromSeconds(18.2));
        Says(rig, GateState.Shut, "bake 30m, 29m42s left; 0 of 1 request");
    }

    [Fact]
    public void Hooks_are_named_once_everything_else_is_there()
    {
        var rig = LiveRig.Started(
            Plan with { Steps = [Samples.Five, Samples.Bake], Hooks = [new Hook("smoke", HookPoint.Step, new Uri("http://h/"), TimeSpan.FromSeconds(1))] });
        Says(rig, GateState.Shut, "hold 10m, 10m left; 0 of 1 request");
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Asking, "hold 10m, served; hook smoke");
        rig.Live.Findings.Set(new Finding("hook smoke", 1, FindingState.Wait, "hook smoke has 2s left", 1));
        Says(rig, GateState.Asking, "hold 10m, served; hook smoke has 2s left");
        rig.Live.Findings.Set(new Finding("hook smoke", 1, FindingState.Pass, "hook smoke", 1));
        Says(rig, GateState.Open, "hold 10m, served; hook smoke");
        rig.Live.Findings.Set(new Finding("hook smoke", 1, FindingState.Pass, "hook smoke", 2));
        Says(rig, GateState.Asking, "hold 10m, served; hook smoke");
    }

    [Theory]
    [InlineData(true, "stable itself breaks an objective now; no step goes up")]
    [InlineData(false, "an objective is broken now; no step goes up")]
    public void While_an_objective_is_broken_no_step_goes_up_and_stables_breach_is_said_to_be_its_own(bool stable, string sentence)
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
        Says(rig, GateState.Shut, sentence);
        (stable ? (Action<int>)rig.Generation.Judge!.StableGood : rig.Generation.Judge!.CanaryGood)(10_000);
        Assert.Equal(GateState.Open, rig.Gate.State);
    }

    /// <summary>A provider that is down for the hour of a hold is known in its first minute.</summary>
    [Fact]
    public void While_a_hold_runs_a_check_in_trouble_is_named_and_no_other()
    {
        var rig = LiveRig.Started();
        rig.Live.Findings.Set(new Finding("check a", 1, FindingState.Wait, "a is asked in 20s", 1));
        rig.Live.Findings.Set(new Finding("check b", 1, FindingState.Wait, "b cannot be reached; asked again in 1s", 1) { IsTrouble = true });
        Says(rig, GateState.Shut, "hold 10m, 10m left; 0 of 1 request; b cannot be reached; asked again in 1s");
    }

    [Fact]
    public void With_automatic_advance_off_it_stays_shut_and_says_who_must_act()
    {
        var rig = LiveRig.Started();
        rig.Switches.AutoAdvance = false;
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Shut, "automatic advance is switched off; advance by hand");
    }

    [Fact]
    public void A_person_is_asked_last_and_the_approval_lapses()
    {
        var rig = LiveRig.Started(Plan with { Steps = [Samples.Five with { Approval = new ApprovalTerms(["ann", "bob"]) }, Samples.Bake] });
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Approval, "hold 10m, served; approval by ann or bob; approve or reject");
        rig.Do(new RolloutCommand.Approve("eve", "let me", TimeSpan.FromHours(1)));
        Assert.Equal(GateState.Approval, rig.Gate.State);
        rig.Do(new RolloutCommand.Approve("bob", "the charts are fine", TimeSpan.FromHours(1)));
        Says(rig, GateState.Open, "hold 10m, served; approved by bob");
        rig.Time.Advance(TimeSpan.FromHours(1));
        Says(rig, GateState.Approval, "hold 10m, served; approval by ann or bob, that of bob lapsed at 2026-03-01 13:10:00Z; approve or reject");
    }

    [Theory]
    [InlineData(NoData.Hold, GateState.Shut, "hold 10m, served; 0 of 1 request", GateState.Shut, "hold 10m, served; 0 of 1 request")]
    [InlineData(NoData.Rollback, GateState.Shut, "hold 10m, served; 0 of 1 request, rolled back in 10m", GateState.NoData, "hold 10m, served; 0 of 1 request")]
    [InlineData(NoData.Pass, GateState.Open, "hold 10m, served; 0 of 1 request", GateState.Open, "hold 10m, served; 0 of 1 request")]
    public void What_no_data_means_is_the_plans_to_say(NoData what, GateState served, string sentence, GateState later, string laterSentence)
    {
        var rig = LiveRig.Started(Samples.Plan with { Gates = new GateTerms { OnNoData = what, Proof = ProofDemand.Off } });
        rig.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.Equal(GateState.Shut, rig.Gate.State);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Says(rig, served, sentence);
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        Says(rig, later, laterSentence);
    }

    [Theory]
    [InlineData(ProofDemand.Off, "2 of 20 requests came, and the plan says onNoData: pass")]
    [InlineData(
        ProofDemand.Wait, "2 of 20 requests came, and the plan says onNoData: pass; waited long enough, yet not proved: 2 responses seen, 767 needed")]
    public void What_goes_up_with_too_few_requests_says_so(ProofDemand proof, string lacking)
    {
        var rig = LiveRig.Started(Samples.Plan with
        {
            Gates = new GateTerms { OnNoData = NoData.Pass, Proof = proof },
            Steps = [Samples.Five with { Requests = 20 }, Samples.Half, Samples.Bake],
        });
        rig.Serve(Outcome.Success);
        rig.Serve(Outcome.Success);
        rig.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal((GateState.Open, lacking), (rig.Gate.State, rig.Gate.Lacking));
    }

    [Fact]
    public void Requests_are_counted_in_figures_that_can_be_read()
    {
        var rig = LiveRig.Started(Samples.Plan with { Steps = [Samples.Five with { Requests = 1_000_000_000 }, Samples.Bake] });
        Says(rig, GateState.Shut, "hold 10m, 10m left; 0 of 1,000,000,000 requests");
    }

    [Fact]
    public void A_step_without_a_hold_does_not_claim_to_have_waited()
    {
        var rig = LiveRig.Started(
            Samples.Plan with { Gates = GateTerms.Default, Steps = [Samples.Five with { Hold = TimeSpan.Zero, Requests = 1 }, Samples.Half, Samples.Bake] });
        rig.Serve(Outcome.Success);
        Assert.Equal("nothing is waited for without a hold or maxWait; not proved: 1 response seen, 767 needed", rig.Gate.Lacking);
    }

    [Fact]
    public void The_proof_is_waited_for_before_the_weight_goes_above_a_quarter_and_then_its_lack_is_said()
    {
        var rig = LiveRig.Started(Samples.Plan with { Gates = GateTerms.Default });
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Shut, "hold 10m, served; not proved: 1 response seen, 767 needed, waiting 10m more");
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        Says(rig, GateState.Open, "hold 10m, served; not proved: 1 response seen, 767 needed");
        Assert.Equal("waited long enough, yet not proved: 1 response seen, 767 needed", rig.Gate.Lacking);
        rig.Do(Samples.Advance);
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Open, "hold 10m, served");
    }

    [Fact]
    public void A_required_proof_is_waited_for_without_end_and_enough_good_responses_give_it()
    {
        var rig = LiveRig.Started(Samples.Plan with { Gates = GateTerms.Default with { Proof = ProofDemand.Required } });
        rig.Time.Advance(TimeSpan.FromDays(10));
        rig.Serve(Outcome.Success);
        Says(rig, GateState.Shut, "hold 10m, served; not proved: 1 response seen, 767 needed");
        for (var i = 1; i < 767; i++)
        {
            rig.Serve(Outcome.Success);
        }

        Says(rig, GateState.Open, "hold 10m, served");
    }

    [Fact]
    public void Evidence_that_leans_against_the_canary_holds_any_step()
    {
        var rig = LiveRig.Started(
            Samples.Plan with { Steps = [Samples.Five, new Step(new Weight(1000), TimeSpan.Zero, 1), Samples.Bake], Gates = GateTerms.Default });
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        rig.Serve(Outcome.Success);
        Assert.Equal(GateState.Open, rig.Gate.State);
        rig.Serve(Outcome.Failure);
        Says(rig, GateState.Shut, "hold 10m, served; the evidence leans against the canary, waiting 10m more");
    }

    [Fact]
    public void A_canary_that_has_only_failed_goes_nowhere_however_long_was_waited()
    {
        var rig = LiveRig.Started(Samples.Plan with { Gates = GateTerms.Default });
        rig.Time.Advance(TimeSpan.FromDays(1));
        rig.Serve(Outcome.Failure);
        Assert.Equal(GateState.Shut, rig.Gate.State);
        Assert.Contains("; the canary's only response failed", rig.Gate.Sentence, StringComparison.Ordinal);
        rig.Serve(Outcome.Success);
        Assert.Equal(GateState.Open, rig.Gate.State);
        Assert.Contains("the evidence leans against the canary", rig.Gate.Lacking, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("idle", "start a version")]
    [InlineData("manual", "weight set by hand; advance goes on with the steps")]
    [InlineData("paused", "paused; resume or roll back")]
    [InlineData("frozen", "frozen by a breach; roll back, or resume with a reason")]
    [InlineData("promoted", "promoted; start the next version, in cluster 'shop-stable'")]
    [InlineData("promoted-twice", "promoted; start the next version, in cluster 'shop-canary'")]
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
            "promoted-twice" => [Samples.Start("v1"), Samples.Promote, Samples.Start("v2"), Samples.Promote],
            _ => [Samples.Start("v1"), new RolloutCommand.RollBack(Samples.Record)],
        });
        rig.Time.Advance(TimeSpan.FromDays(1));
        Says(rig, GateState.Shut, sentence);
    }

    private static void Says(LiveRig rig, GateState state, string sentence)
    {
        Assert.Equal((state, sentence), (rig.Gate.State, rig.Gate.Sentence));
        Assert.False(
            rig.Live.EarlyUntil(rig.Time.Monotonic) > rig.Time.Monotonic && state != GateState.Shut,
            "Whoever is told that it is early does not ask further.");
    }
}
