using System.Collections.Immutable;
using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Simulation;
using Xunit;

namespace Snapback.Control.Tests.Simulation;

public sealed class SimulationWarningsTests
{
    private static readonly RolloutPlan Plan = DefaultPlan.For("payments-api", "stable", "canary");

    /// <summary>"Every canary will be rolled back" stood below "rolled back never", where a rollout is over before it is shown.</summary>
    [Theory]
    [InlineData(100, "all")]
    [InlineData(0.002, "none")]
    public void A_limit_below_the_healthy_rate_is_named_with_both_numbers_and_with_what_came_of_it(double perSecond, string runs) => Assert.Contains(
        "The healthy error rate of 0.7% breaks the plan's own limit of 0.5%: a canary as good as stable is rolled back once enough responses " +
        $"show it, in {runs} of these runs. Lower 'min' of success-rate below 99.3%, or mend stable first.",
        Of(new TrafficModel { Healthy = 0.007, PerSecond = perSecond }));

    [Fact]
    public void Checks_and_burn_rates_are_said_to_be_left_out() => Assert.Contains(
        "Not modelled: check lag, the burn rate. A rollback that only they would give is not among these.",
        Of(
            new TrafficModel(),
            plan: Plan with
            {
                BurnRate = new BurnRate(0.001, BurnRate.Workbook, BurnRate.DefaultMinEvents),
                Checks =
                [
                    new IntervalCheck("lag", new CheckSource.Prometheus("lag", "main", null, TimeSpan.FromSeconds(5)), new CheckCondition(null, 1)),
                    new IntervalCheck("told", new CheckSource.Responses(null), new CheckCondition(99, null)) { OnlyNotifies = true },
                ],
            }));

    /// <summary>The canary's figures were those of everybody's requests, and nothing said so.</summary>
    [Fact]
    public void A_segment_and_a_step_for_reads_are_said_to_be_left_out() => Assert.Contains(
        "Not modelled: the segment, 'only: reads'. Here any request may meet the canary: give --rps as those that may.",
        Of(
            new TrafficModel(),
            plan: Plan with
            {
                Segment = new Segment { Never = [new Condition(ConditionKind.Path, "", ["/admin/**"])] },
                Steps = [new Step(new Weight(500), TimeSpan.FromMinutes(10), 1) { OnlyReads = true }, .. Plan.Steps[1..]],
            }));

    [Fact]
    public void Bursts_that_roll_back_good_canaries_are_named_with_the_number() => Assert.Contains(
        Of(new TrafficModel { Burst = 10 }),
        warning =>
            warning.Contains("of the healthy rollouts were rolled back", StringComparison.Ordinal)
                && warning.Contains("sensitivity: low", StringComparison.Ordinal));

    [Fact]
    public void A_step_too_short_for_a_mild_fault_is_told_what_it_would_need() => Assert.Contains(
        Of(new TrafficModel { PerSecond = 20 }, 0.01),
        warning => warning.StartsWith("At 1% bad and 1 canary request per second the 5% step would need ", StringComparison.Ordinal)
            && warning.Contains(" and lasts 10m. Hold it longer", StringComparison.Ordinal));

    [Fact]
    public void A_step_that_waits_for_its_requests_longer_than_its_hold_is_told() => Assert.Contains(
        "The 5% step waits 17m for its 500 requests at 0.5 per second, longer than its hold of 10m. Ask for fewer, or raise the weight.",
        Of(new TrafficModel { PerSecond = 10 }, plan: Plan with { Steps = [new Step(new Weight(500), TimeSpan.FromMinutes(10), 500)] }));

    [Theory]
    [InlineData(0.01, null, 1_000, null)]
    [InlineData(100, null, 552, "A rollout of this plan has some 1,085,213 failed or slow responses of both arms, which are gone through one by one: 552 runs")]
    [InlineData(1, 1.2, 345, "A rollout of this plan has some 1,737,124 responses of both arms to compare, which are gone through one by one: 345 runs")]
    [InlineData(1, null, 60, "Each rollout is played on all of the 1,000 replicas: 60 runs", 1000)]
    public void A_plan_with_too_much_to_go_through_is_played_less_often_and_says_so(
        double perSecond, double? ratio, int runs, string? told, int replicas = 1)
    {
        var plan = Plan with
        {
            Steps = [new Step(new Weight(1), TimeSpan.FromMinutes(10), 100_000)],
            Objectives = [new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400))],
            Judge = JudgeTerms.Default with { MaxLatencyRatioToStable = ratio },
        };
        var request = new SimulationRequest(plan) { Traffic = new TrafficModel { PerSecond = perSecond, Replicas = replicas } };
        request = request with { Runs = SimulationEffort.RunsFor(request) };
        Assert.Equal(runs, request.Runs);
        var setup = new SimulationSetup(plan, request.Judge, request.Traffic, null);
        var healthy = new HealthyResult(new Proportion(0, 1), Distribution.Of([], 1), 0, Cause.None);
        var warnings = SimulationWarnings.Of(request, setup, healthy, [], StepNeeds.Of(plan, request.Judge, request.Traffic));
        Assert.Equal(
            told,
            warnings.FirstOrDefault(warning => warning.Contains(" for each scenario instead of ", StringComparison.Ordinal))?.Split(" for each scenario")[0]);
    }

    [Fact]
    public void Nobody_can_ask_for_fewer_than_one_request() => Assert.DoesNotContain(
        Of(new TrafficModel { PerSecond = 0.1 }), warning => warning.Contains("Ask for fewer", StringComparison.Ordinal));

    [Theory]
    [InlineData(3, true, Sensitivity.Balanced, "100% of the runs. Failures in a row are counted without asking whose they are: leave 'consecutiveFailures' out.")]
    [InlineData(null, false, Sensitivity.Balanced, "100% of the runs. 'attribution: off' asks nobody whose failures they are: leave it on.")]
    [InlineData(1, true, Sensitivity.Balanced, "most by failures in a row. Raise 'consecutiveFailures', or leave it out.")]
    [InlineData(1000, true, Sensitivity.Balanced, "most by harm cap. Set a limit further from the healthy rate, or raise 'harmCap'.", 50)]
    [InlineData(null, true, Sensitivity.Low, "Failures in bursts look like a broken canary; set a looser limit.", 20)]
    public void A_remedy_is_one_for_the_rule_that_is_meant(int? inARow, bool attribution, Sensitivity sensitivity, string told, int burst = 1) =>
        Assert.Contains(
        Of(
            new TrafficModel { Burst = burst },
            plan: Plan with { Sensitivity = sensitivity, Judge = JudgeTerms.Default with { ConsecutiveFailures = inARow, Attribution = attribution } }),
        warning => warning.Contains(told, StringComparison.Ordinal));

    [Fact]
    public void A_rate_within_the_limit_is_said_to_be_promoted() => Assert.Contains(
        Of(new TrafficModel(), 0.0011), warning => warning.StartsWith("0.11% bad is within the plan's limit of 0.5%", StringComparison.Ordinal));

    [Fact]
    public void A_plan_that_cannot_see_a_hang_is_told_the_line_to_add() => Assert.Contains(
        Of(new TrafficModel()),
        warning => warning.Contains("A canary that hangs is found only when its requests time out", StringComparison.Ordinal));

    [Fact]
    public void A_good_plan_on_good_traffic_has_no_warning() => Assert.Empty(
        Of(
            new TrafficModel(),
            0.05,
            Plan with { Objectives = [.. Plan.Objectives, new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400))] }));

    private static ImmutableArray<string> Of(TrafficModel traffic, double rate = 1, RolloutPlan? plan = null) =>
        PlanSimulation.Run(
            new SimulationRequest(plan ?? Plan) { Traffic = traffic, Runs = 60, Scenarios = Scenario.All([rate]) },
            stop: TestContext.Current.CancellationToken).Warnings;
}
