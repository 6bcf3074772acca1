using System.Collections.Immutable;
using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Simulation;
using Xunit;
using Fault = Snapback.Control.Simulation.Fault;

namespace Snapback.Control.Tests.Simulation;

/// <summary>What the model sends to which arm, and what of it the judge may compare; every number with a fixed seed.</summary>
public sealed class SimulatedTrafficTests
{
    private static readonly RolloutPlan Plan = DefaultPlan.For("payments-api", "stable", "canary");

    // p0 = 0.5 %, balanced, the detector alone.
    private static readonly JudgeSettings Alone =
        JudgeSettings.For(1e-3, 0.005) with { MaxRatioToStable = null, Attribution = null, HarmCap = null };

    // Only the comparison with stable can fire: 5 % are within a limit of 10 %.
    private static readonly JudgeSettings Comparing = JudgeSettings.For(1e-3, 0.1) with { HarmCap = null };

    /// <summary>A canary that fails every request answered the first nine of them where failures come ten at once.</summary>
    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(0.5, 11.5, 13.5)]
    public void Failures_in_bursts_are_as_many_as_those_that_come_alone(double rate, double least, double most)
    {
        var bad = Bad(Plan with { Steps = [Users(10)] }, Alone, new TrafficModel { Burst = 10 }, rate, runs: 2000);

        Assert.InRange(bad.Responses.Mean!.Value, least, most);
    }

    /// <summary>The evidence that a step starts with was there twice where users follow copies.</summary>
    [Fact]
    public void The_first_step_with_users_begins_with_the_same_evidence_after_copies_as_without()
    {
        var traffic = new TrafficModel { Safe = 1, Healthy = 0 };
        var without = Bad(Plan with { Steps = [Users(10)] }, Alone, traffic with { BreaksAfter = 1 }, 1, runs: 2000);
        var after = Bad(Plan with { Steps = [Copies(Weight.Full), Users(10)] }, Alone, traffic with { BreaksAfter = 61 }, 1, runs: 2000);

        // Two failures or three, about as often: a standard error of 0.011.
        Assert.InRange(after.Responses.Mean!.Value - without.Responses.Mean!.Value, -0.07, 0.07);
    }

    /// <summary>Stable's failures of requests that were not copied spoke for the canary: at a share of 10% it took five times as many.</summary>
    [Theory]
    [InlineData(10, 1)]
    [InlineData(100, 0.5)]
    public void Copies_are_compared_with_the_requests_they_were_made_of(int share, double safe)
    {
        var all = Bad(Copied(Weight.Full), Comparing, new TrafficModel { Safe = 1 }, 0.05, runs: 300);
        var some = Bad(Copied(new Weight(share * 100)), Comparing, new TrafficModel { Safe = safe }, 0.05, runs: 300);

        Assert.Equal((Cause.Relative, Cause.Relative), (all.MostOften, some.MostOften));
        Assert.InRange(some.Responses.Mean!.Value / all.Responses.Mean!.Value, 0.85, 1.15);

        static RolloutPlan Copied(Weight share) => Plan with { Steps = [Copies(share, minutes: 200), Users(10)] };
    }

    [Fact]
    public void A_copy_that_hangs_has_failed_at_the_plans_time_out_for_copies()
    {
        var hang = Hang(Plan with { Steps = [Copies(Weight.Full), Users(10)], Shadow = ShadowTerms.Default }, perSecond: 100, runs: 50);

        Assert.InRange(hang.Seconds.Median!.Value, 5, 6);
    }

    [Fact]
    public void No_more_requests_hang_at_once_than_the_proxy_sends_there()
    {
        var hang = Hang(Plan with { Steps = [new Step(Weight.Full, TimeSpan.FromHours(1), 1)] }, perSecond: 10_000, runs: 2);

        Assert.InRange(hang.VictimsWithoutWindow!.Value, PickWord.MaxInFlight, PickWord.MaxInFlight + 100);
    }

    /// <summary>It asked four times a second whether the canary is proved, which took a hundred times as long as all the rest.</summary>
    [Fact]
    public async Task On_little_traffic_the_gate_is_asked_as_often_as_there_are_answers()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(TimeSpan.FromSeconds(20));
        var request = new SimulationRequest(Plan) { Traffic = new TrafficModel { PerSecond = 0.5 }, Runs = 1000, Scenarios = [] };

        var report = await Task.Run(() => PlanSimulation.Run(request, stop: stop.Token), stop.Token);

        // Two holds below the 25 % that want a proof, as long again for what never comes, and the last two.
        Assert.Equal(TimeSpan.FromMinutes(10 + 15 + 15 + 30 + 30).TotalSeconds, report.Healthy.Promotion.Median!.Value, tolerance: 60);
    }

    private static Step Users(int minutes) => new(new Weight(500), TimeSpan.FromMinutes(minutes), 1);

    private static Step Copies(Weight share, int minutes = 1) => new(Weight.Zero, TimeSpan.FromMinutes(minutes), 1) { Shadow = share };

    private static FaultResult Bad(RolloutPlan plan, JudgeSettings judge, TrafficModel traffic, double rate, int runs) =>
        Run(new SimulationRequest(plan) { Judge = judge, Traffic = traffic, Runs = runs, Scenarios = [new Scenario("bad", Fault.Errors, rate)] });

    private static FaultResult Hang(RolloutPlan plan, double perSecond, int runs) =>
        Run(new SimulationRequest(plan)
        {
            Traffic = new TrafficModel { PerSecond = perSecond, Safe = 1 },
            Runs = runs,
            Scenarios = [.. Scenario.All([]).Where(scenario => scenario.Fault == Fault.Hang)],
        });

    private static FaultResult Run(SimulationRequest request) =>
        PlanSimulation.Run(request, stop: TestContext.Current.CancellationToken).Faults.Single();
}
