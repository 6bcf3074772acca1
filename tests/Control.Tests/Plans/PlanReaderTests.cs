using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

public sealed class PlanReaderTests
{
    private const string Parts = """
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Theory]
    [InlineData("success-rate, min: 99.5%", 0.005)]
    [InlineData("success-rate, min: 99.9", 0.001)]
    [InlineData("success-rate, min: 99.999 %", 0.00001)]
    [InlineData("p95, max: 1s", 0.05)]
    [InlineData("p50, max: 1s", 0.5)]
    [InlineData("p99.9, max: 1s", 0.001)]
    public void A_budget_is_the_nearest_double_of_its_decimal(string objective, double budget)
    {
        var result = PlanReader.FromYaml($$"""
            name: payments
            stable: a
            canary: b
            objectives: [ { metric: {{objective}} } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """);

        Assert.True(result.IsValid);
        Assert.Equal(budget, result.Plan.Objectives[0].Budget);
    }

    [Theory]
    [InlineData("p999", "p99.9")]
    [InlineData("p99.9", "p99.9")]
    [InlineData("p95", "p95")]
    public void A_quantile_is_called_alike_wherever_it_stands(string metric, string name)
    {
        var result = PlanReader.FromYaml($$"""
            name: payments
            stable: a
            canary: b
            objectives: [ { metric: {{metric}}, max: 1s } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """);

        Assert.Equal(name, result.Plan?.Objectives[0].Name);
    }

    [Theory]
    [InlineData("10%", 0.9)]
    [InlineData("99.9999%", 1e-6)]
    [InlineData("9.999999%", null)]
    [InlineData("99.99991%", null)]
    public void A_limit_that_the_judge_cannot_keep_is_refused(string min, double? budget)
    {
        var result = PlanReader.FromYaml($$"""
            name: payments
            stable: a
            canary: b
            objectives: [ { metric: success-rate, min: {{min}} } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """);

        Assert.Equal(budget, result.Plan?.Objectives[0].Budget);
        Assert.Equal(budget is null ? [$"{min} is not from 10% to 99.9999%."] : [], result.Problems.Select(problem => problem.Message));
    }

    [Fact]
    public void The_caller_fills_in_what_the_sidecar_form_leaves_out()
    {
        var result = PlanReader.FromYaml(Parts, defaults: new PlanDefaults("default", "upstream", "upstream-canary"));

        Assert.True(result.IsValid);
        Assert.Equal(("default", "upstream", "upstream-canary"), (result.Plan.Name, result.Plan.Stable, result.Plan.Canary));
    }

    [Fact]
    public void The_document_names_its_own_clusters_whatever_the_caller_knows()
    {
        var result = PlanReader.FromYaml("name: p\nstable: a\ncanary: b\n" + Parts, defaults: new PlanDefaults("p", "x", "y"));

        Assert.Equal(("a", "b"), (result.Plan?.Stable, result.Plan?.Canary));
    }

    [Fact]
    public void A_document_under_another_name_than_its_own_is_refused()
    {
        var result = PlanReader.FromYaml("name: refunds\nstable: a\ncanary: b\n" + Parts, "body", new PlanDefaults("payments"));

        Assert.Equal(
            ["body:1:7 name: The plan is called 'refunds', but it was given as that of 'payments'. Use one name, or leave name out."],
            result.Problems.Select(problem => problem.ToString()));
        Assert.Null(result.Plan);
    }

    [Fact]
    public void A_name_from_the_caller_keeps_the_rule_for_names()
    {
        var result = PlanReader.FromYaml("stable: a\ncanary: b\n" + Parts, defaults: new PlanDefaults("../etc"));

        Assert.Equal(["name"], result.Problems.Select(problem => problem.Path));
    }

    [Fact]
    public void A_plan_with_errors_tells_no_notes()
    {
        var result = PlanReader.FromYaml("name: P\nstable: a\ncanary: b\nsteps: [ { weight: 50%, hold: 1m } ]\n" + Parts);

        Assert.Single(result.Problems);
        Assert.Empty(result.Notes);
    }

    [Theory]
    [InlineData("x.yaml", 7, 12, "x.yaml:7:12 owner: No. Yes.")]
    [InlineData(null, 7, 12, "7:12 owner: No. Yes.")]
    [InlineData("Snapback:Rollouts:x", 0, 0, "Snapback:Rollouts:x owner: No. Yes.")]
    [InlineData(null, 0, 0, "owner: No. Yes.")]
    public void A_problem_says_where_what_and_what_to_do(string? source, int line, int column, string expected) =>
        Assert.Equal(expected, new PlanProblem("owner", "No.", "Yes.", line, column) { Source = source }.ToString());
}
