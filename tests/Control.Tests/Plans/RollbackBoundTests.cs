using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

/// <summary>The worst case says what each detector needs, and which setting makes it longer.</summary>
public sealed class RollbackBoundTests
{
    private const string Plan = """
        name: shop
        stable: a
        canary: b
        steps: [ { weight: 10%, hold: 10m }, { weight: 50%, hold: 10m } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 400ms } ]
        requestsPerSecond: 100
        rollback: { authority: [ operator ], deadline: 24h }
        """;

    private static readonly IReadOnlyList<RollbackBound> Plain = Of(Plan);

    [Fact]
    public void Both_objectives_are_bounded_at_the_step_that_is_slowest_to_see_it()
    {
        Assert.Equal(["success-rate", "p95"], Plain.Select(bound => bound.Detector));
        Assert.All(Plain, bound => Assert.EndsWith("canary responses at 10%", bound.How, StringComparison.Ordinal));
        Assert.All(Plain, bound => Assert.InRange(bound.Worst!.Value, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("success-rate", "consecutiveFailures: 5")]
    [InlineData("success-rate", "admission: 1\nlatency: total")]
    [InlineData("success-rate", "sensitivity: low")]
    [InlineData("p95", "warmUp: 500")]
    public void What_makes_detection_slower_makes_the_bound_longer(string detector, string setting)
    {
        var slower = Of($"{Plan}\n{setting}");
        Assert.True(Worst(slower, detector) > Worst(Plain, detector), $"{Worst(slower, detector)} > {Worst(Plain, detector)}");
    }

    [Fact]
    public void Attribution_costs_failures_where_the_coin_tells_little()
    {
        var half = Plan.Replace("weight: 10%", "weight: 49%", StringComparison.Ordinal) + "\nsensitivity: high\nmaxRatioToStable: off";
        Assert.True(Worst(Of(half), "success-rate") >= Worst(Of(half + "\nattribution: off"), "success-rate"));
    }

    [Fact]
    public void Without_a_cap_failures_in_a_row_may_never_come()
    {
        var result = PlanReader.FromYaml(Plan + "\nconsecutiveFailures: 5\nharmCap: off");
        Assert.Contains(
            result.Problems,
            problem =>
                problem.ToString().Contains("a rollback for success-rate may never happen", StringComparison.Ordinal)
                    && problem.ToString().Contains("leave consecutiveFailures out", StringComparison.Ordinal));
    }

    /// <summary>Such a plan was refused, with remedies that could not help: a canary of which one response in five is slow keeps its p75.</summary>
    [Theory]
    [InlineData("p95", "p75", "p75")]
    [InlineData("min: 99.5%", "min: 80%", "success-rate")]
    public void What_the_plan_allows_is_nothing_to_be_late_for(string written, string instead, string detector)
    {
        var bound = Of(Plan.Replace(written, instead, StringComparison.Ordinal)).Single(bound => bound.Detector == detector);
        Assert.Equal((null, "it allows as much", false), (bound.Worst, bound.How, bound.IsDue));
    }

    [Fact]
    public void A_deadline_that_no_plan_may_have_is_no_remedy()
    {
        var result = PlanReader.FromYaml(
            Plan.Replace("requestsPerSecond: 100", "requestsPerSecond: 0.001", StringComparison.Ordinal) + "\nsensitivity: high");
        Assert.All(result.Problems, problem => Assert.Equal("Begin with a higher weight.", problem.Remedy));
        Assert.NotEmpty(result.Problems);
    }

    [Fact]
    public void Checks_and_burn_rates_have_bounds_of_their_own_and_a_deadline_they_cannot_keep_is_said()
    {
        const string plan = """
            name: shop
            stable: a
            canary: b
            objectives:
              - { metric: success-rate, min: 99.5% }
              - { name: stock, web: "http://checks/stock", min: 1, interval: 1m, rule: 5 consecutive, timeout: 4s }
              - { name: told, web: "http://checks/other", min: 1, interval: 1h, onBreach: notify }
              - burnRate: { objective: 99.9%, rules: [ { window: 1h, factor: 14.4 } ] }
            rollback: { authority: [ operator ], deadline: 5m }
            """;
        var bounds = Of(plan);
        Assert.Equal(["check stock", "burn-rate"], bounds.Select(bound => bound.Detector));
        Assert.Equal(TimeSpan.FromSeconds(306), Worst(bounds, "check stock"));

        // 14.4 times 0.1% is 1.44% bad in the hour: 7.2% of it at one bad of five.
        Assert.Equal(3600 * 0.072 + 2, Worst(bounds, "burn-rate")!.Value.TotalSeconds, tolerance: 0.001);
        var note = Assert.Single(PlanReader.FromYaml(plan).Notes, note => note.Contains("deadline", StringComparison.Ordinal));
        Assert.StartsWith(
            "A rollback for check stock can take 5m6s (5 consecutive, every 1m) when one response of five is bad, and the deadline is 5m",
            note,
            StringComparison.Ordinal);
    }

    private static IReadOnlyList<RollbackBound> Of(string yaml)
    {
        var result = PlanReader.FromYaml(yaml);
        Assert.True(result.IsValid, string.Join(Environment.NewLine, result.Problems));
        return [.. RollbackBound.Of(result.Plan)];
    }

    private static TimeSpan? Worst(IReadOnlyList<RollbackBound> bounds, string detector) => bounds.Single(bound => bound.Detector == detector).Worst;
}
