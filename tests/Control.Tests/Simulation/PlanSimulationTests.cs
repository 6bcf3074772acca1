using System.Text.Json;
using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Simulation;
using Xunit;
using Fault = Snapback.Control.Simulation.Fault;

namespace Snapback.Control.Tests.Simulation;

/// <summary>The simulation against what is known of the judge by other ways; every number with a fixed seed.</summary>
public sealed class PlanSimulationTests(ITestOutputHelper output)
{
    // p0 = 0.5 %, balanced, the detector alone.
    private static readonly JudgeSettings Alone =
        JudgeSettings.For(1e-3, 0.005) with { MaxRatioToStable = null, Attribution = null, HarmCap = null };

    private static readonly RolloutPlan Plan = DefaultPlan.For("payments-api", "stable", "canary");

    // Means computed by an independent program from the recursion of the detector, which knows no clock and nothing in flight.
    // Tolerance: four standard errors of the mean over the runs; a run's deviation is about 0.65 of the mean.
    [Theory]
    [InlineData(0.01, 3797)]
    [InlineData(0.05, 112)]
    [InlineData(0.2, 14.8)]
    [InlineData(1, 2)]
    public void A_bad_canary_is_found_after_as_many_responses_as_the_detector_alone_needs(double rate, double mean)
    {
        const int runs = 2000;
        var fault = OneStep(new TrafficModel(), runs, rate, hold: TimeSpan.FromMinutes(rate < 0.05 ? 120 : 10));

        output.WriteLine($"{fault.Responses}");
        Assert.Equal(runs, fault.Ended!.Count);
        Assert.InRange(fault.Responses.Mean!.Value / mean, 1 - 4 * 0.65 / Math.Sqrt(runs), 1 + 4 * 0.65 / Math.Sqrt(runs));
    }

    [Fact]
    public void The_window_spares_users_whose_requests_would_have_been_in_flight()
    {
        // 5,000 canary requests per second of 30 ms each: 150 in flight.
        var traffic = new TrafficModel { PerSecond = 10_000, Latency = new LatencyModel(0.030, 0.030, 0) };
        var fault = OneStep(traffic, runs: 200, rate: 1, TimeSpan.FromMinutes(1), weight: 5000);

        output.WriteLine($"{fault.Victims} victims, {fault.VictimsWithoutWindow} without the window");
        Assert.InRange(fault.Victims!.Value, 2, 5);
        Assert.InRange(fault.VictimsWithoutWindow!.Value, 100, 200);
    }

    [Fact]
    public void The_shield_spares_the_users_whose_requests_stable_may_answer_up_to_its_budget()
    {
        var traffic = new TrafficModel { PerSecond = 10_000, Latency = new LatencyModel(0.030, 0.030, 0), Safe = 0.75 };
        var fault = OneStep(traffic, runs: 200, rate: 1, TimeSpan.FromMinutes(1), weight: 5000);
        Assert.Equal(fault.Victims!.Value / 4, fault.VictimsWithShield!.Value, 9);

        // 100 in any case and a tenth of the last ten seconds' requests: 300 of 400 could be replayed, and 200 are.
        var run = new RunOutcome(default, true, false, false, Seconds: 1, 400, Victims: 400, 0);
        var terms = ShieldTerms.Default;
        Assert.Equal(200, ShieldedHarm.Of(run, new Scenario("dead", Fault.Errors, 1), terms, traffic with { PerSecond = 100 }));
        Assert.Equal(100, ShieldedHarm.Of(run, new Scenario("hang", Fault.Hang), terms, traffic));
        Assert.Equal(400, ShieldedHarm.Of(run, new Scenario("slow", Fault.Slow), terms, traffic));
    }

    [Fact]
    public void A_dead_canary_that_is_shadowed_first_is_found_by_copies_and_hurts_nobody()
    {
        var plan = Plan with { Steps = [new Step(Weight.Zero, TimeSpan.Zero, 1000) { Shadow = Weight.Full }, .. Plan.Steps], Shadow = ShadowTerms.Default };
        var report = Run(new SimulationRequest(plan) { Runs = 50, Traffic = new TrafficModel { PerSecond = 100, Safe = 0.5 } });
        var dead = report.Faults.First(fault => fault.Scenario is { Fault: Fault.Errors, Rate: 1 });

        Assert.Equal((50, 1d), (dead.Ended!.Count, dead.EndedInFirstStep));
        Assert.Equal((0d, 0d), (dead.Victims!.Value, dead.VictimsWithoutWindow));
        // 1,000 copies of the safe half of 100 a second.
        Assert.Equal(("shadow 100%", 20d), (report.Steps[0].Step.Name, report.Steps[0].Seconds));
        Assert.True(report.Healthy.RolledBack.Share < 0.1);
    }

    [Fact]
    public void A_canary_that_breaks_late_is_found_as_the_change_point_table_says()
    {
        // After 20,000 healthy responses: 162 on average at 5 %, 3 if dead.
        var traffic = new TrafficModel { PerSecond = 1000, BreaksAfter = 400 };

        Assert.InRange(OneStep(traffic, 500, 0.05, TimeSpan.FromMinutes(8)).Responses.Mean!.Value, 162 * 0.88, 162 * 1.12);
        Assert.InRange(OneStep(traffic, 500, 1, TimeSpan.FromMinutes(8)).Responses.Mean!.Value, 2.9, 3.1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_report_on_one_core_and_on_several()
    {
        var request = new SimulationRequest(Plan) { Runs = 20 };
        var one = JsonSerializer.Serialize(Comparable(Run(request with { Cores = 1 })));

        Assert.Equal(one, JsonSerializer.Serialize(Comparable(Run(request with { Cores = 4 }))));
        Assert.NotEqual(one, JsonSerializer.Serialize(Comparable(Run(request with { Seed = 2 }))));
    }

    [Fact]
    public void A_healthy_canary_is_promoted_at_the_end_of_its_plan_and_others_get_what_they_deserve()
    {
        var report = Run(new SimulationRequest(Plan) { Runs = 200 });

        Assert.Equal(0, report.Healthy.RolledBack.Count);
        Assert.Equal(5100, report.Healthy.Promotion.Median);
        foreach (var fault in report.Faults.Where(fault => fault.Scenario.IsCanarys && fault.NotRun is null))
        {
            Assert.Equal(200, fault.Blamed!.Count);
        }

        Assert.InRange(report.Faults.Single(fault => fault.Scenario.Fault == Fault.DeadPod).Responses.Mean!.Value, 11, 16);
        var outage = report.Faults.Single(fault => fault.Scenario.Fault == Fault.Outage);
        Assert.Equal(200, outage.Ended!.Count);
        Assert.InRange(outage.Blamed!.Share, 0, 0.1);
        Assert.Equal([767, 1309, 1763, 2161], report.ProofTable.Take(4));
        Assert.Equal([0, 0, 4, 20, 48, 89], report.FiringTable.Take(6));
    }

    [Fact]
    public void A_sticky_clients_retry_storm_rolls_nothing_back()
    {
        var sticky = Plan with { Sticky = [new StickyKey(StickySource.Cookie, "session")] };
        var storm = Run(new SimulationRequest(sticky) { Runs = 200, Scenarios = Only(Fault.RetryStorm) }).Faults.Single();

        Assert.Equal((0, 200), (storm.Ended!.Count, storm.Ended.Of));
    }

    [Theory]
    [InlineData(null, 100)]
    [InlineData(400, 0.8)]
    public void A_hang_is_seen_at_the_latency_limit_or_else_at_the_time_out(int? limitMs, double seconds)
    {
        var plan = limitMs is { } ms
            ? Plan with { Objectives = [.. Plan.Objectives, new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(ms))] }
            : Plan;
        var hang = Run(new SimulationRequest(plan) { Runs = 100, Scenarios = Only(Fault.Hang) }).Faults.Single();

        Assert.Equal(100, hang.Ended!.Count);
        Assert.InRange(hang.Seconds.Median!.Value, seconds, seconds * 1.02 + 1);
        Assert.InRange(hang.Victims!.Value, 2, 6);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(5000)]
    [InlineData(9000)]
    public void An_outage_of_both_is_hardly_ever_blamed_at_any_weight(int weight)
    {
        var plan = Plan with { Steps = [new Step(new Weight(weight), TimeSpan.FromMinutes(2), 1)] };
        var outage = Run(new SimulationRequest(plan) { Runs = 300, Scenarios = Only(Fault.Outage) }).Faults.Single();

        output.WriteLine($"blamed in {outage.Blamed!.Share:P1}");
        Assert.Equal(300, outage.Ended!.Count);
        Assert.InRange(outage.Blamed!.Share, 0, 0.1);
    }

    [Fact]
    public void Replicas_that_know_nothing_of_each_other_each_need_their_own_failures()
    {
        var fault = OneStep(new TrafficModel { Replicas = 4 }, 200, 1, TimeSpan.FromMinutes(5));

        Assert.Equal(8, fault.Responses.Median);
        Assert.InRange(fault.Victims!.Value, 8, 12);
    }

    [Fact]
    public void A_slower_canary_within_its_limit_is_no_fault_to_find()
    {
        var plan = Plan with { Objectives = [.. Plan.Objectives, new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400))] };
        var within = Run(new SimulationRequest(plan) { Runs = 1, Scenarios = Only(Fault.Slow) }).Faults.Single();
        Assert.StartsWith("within its limit", within.NotRun, StringComparison.Ordinal);

        var traffic = new TrafficModel { Latency = new LatencyModel(0.1, 0.3, 0.01) };
        var over = Run(new SimulationRequest(plan) { Runs = 50, Traffic = traffic, Scenarios = Only(Fault.Slow) }).Faults.Single();
        Assert.Equal((50, Cause.Latency), (over.Ended!.Count, over.MostOften));
    }

    [Fact]
    public void A_canary_twice_as_slow_as_stable_is_found_by_the_comparison_and_an_equal_one_is_not()
    {
        var plan = Plan with
        {
            Steps = [new Step(new Weight(500), TimeSpan.FromMinutes(5), 1)],
            Judge = JudgeTerms.Default with { MaxLatencyRatioToStable = 1.2 },
        };
        var report = Run(new SimulationRequest(plan) { Runs = 60, Scenarios = Only(Fault.Slow) });
        var slow = report.Faults.Single();

        Assert.Equal(0, report.Healthy.RolledBack.Count);
        Assert.Equal((60, Cause.RelativeLatency), (slow.Ended!.Count, slow.MostOften));
        // The reference simulation of the rule needs 69 canary requests at this factor, weight and slow-down, on latencies of another shape.
        Assert.InRange(slow.Responses.Mean!.Value, 30, 140);
    }

    [Fact]
    public void Latencies_of_an_extreme_spread_are_compared_too()
    {
        var plan = Plan with
        {
            Steps = [new Step(new Weight(500), TimeSpan.FromSeconds(10), 1)],
            Judge = JudgeTerms.Default with { MaxLatencyRatioToStable = 1.2 },
        };

        // The widest that "--latency 0.001/3600000" can say.
        var traffic = new TrafficModel { Latency = new LatencyModel(1e-6, 3600, 0) };
        Assert.Equal(1, Run(new SimulationRequest(plan) { Runs = 1, Traffic = traffic }).Healthy.RolledBack.Of);
    }

    [Fact]
    public void A_warm_up_puts_off_what_latency_finds_by_its_length_and_nothing_else()
    {
        var plan = Plan with
        {
            Objectives = [.. Plan.Objectives, new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400))],
            Judge = JudgeTerms.Default with { WarmUp = 20 },
        };
        var hang = Run(new SimulationRequest(plan) { Runs = 50, Scenarios = Only(Fault.Hang) }).Faults.Single();

        Assert.Equal((50, Cause.Latency), (hang.Ended!.Count, hang.MostOften));
        Assert.Equal(23, hang.Responses.Median);
        Assert.Equal(2, OneStep(new TrafficModel(), 50, 1, TimeSpan.FromMinutes(5)).Responses.Median);
    }

    private static System.Collections.Immutable.ImmutableArray<Scenario> Only(Fault fault) =>
        [.. Scenario.All([]).Where(scenario => scenario.Fault == fault)];

    private static FaultResult OneStep(TrafficModel traffic, int runs, double rate, TimeSpan hold, int weight = 500)
    {
        var plan = Plan with { Steps = [new Step(new Weight(weight), hold, 1)] };
        var request = new SimulationRequest(plan) { Judge = Alone, Traffic = traffic, Runs = runs, Scenarios = [new Scenario("bad", Fault.Errors, rate)] };
        return Run(request).Faults.Single();
    }

    private static SimulationReport Run(SimulationRequest request) =>
        PlanSimulation.Run(request, stop: TestContext.Current.CancellationToken);

    private static object Comparable(SimulationReport report) =>
        new { report.Healthy, Faults = report.Faults.ToArray(), Warnings = report.Warnings.ToArray() };
}
