using Microsoft.Extensions.Configuration;
using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

public sealed class ConfigurationTreeTests
{
    private static readonly Dictionary<string, string?> Valid = new()
    {
        ["stable"] = "a",
        ["canary"] = "b",
        ["objectives:0:metric"] = "p95",
        ["objectives:0:max"] = "400ms",
        ["rollback:authority:0"] = "operator",
        ["rollback:deadline"] = "5m",
    };

    [Fact]
    public void The_section_names_the_rollout() => Assert.Equal("payments", Read().Plan?.Name);

    [Fact]
    public void Keys_match_in_any_case_as_environment_variables_are_in_capitals() =>
        Assert.Equal("alice", Read(("OWNER", "alice")).Plan?.Owner);

    [Fact]
    public void An_empty_value_takes_a_value_away() => Assert.Null(Read(("owner", "")).Plan?.Owner);

    [Fact]
    public void A_missing_part_is_told_with_the_section() => Assert.Equal(
        "Snapback:Rollouts:payments rollback.deadline: The rollback has no deadline, and the rollout does not start without one. Add: deadline: 5m.",
        Assert.Single(Read(("rollback:deadline", null)).Problems).ToString());

    [Fact]
    public void A_value_and_keys_at_one_place_contradict_each_other() => Assert.Equal(
        ["sticky"], Read(("sticky", "off"), ("sticky:by", "ip")).Problems.Select(problem => problem.Path));

    [Fact]
    public void A_name_that_differs_from_the_section_is_refused() =>
        Assert.Equal(["name"], Read(("name", "refunds")).Problems.Select(problem => problem.Path));

    [Fact]
    public void List_items_keep_their_numbers_in_errors() => Assert.Equal(
        ["steps[7].wait", "steps[7]"],
        Read(("steps:2:weight", "5"), ("steps:2:hold", "1m"), ("steps:7:weight", "100"), ("steps:7:wait", "1m")).Problems
            .Select(problem => problem.Path));

    [Fact]
    public void A_section_that_is_not_there_is_a_problem() => Assert.Equal(
        "Snapback:Rollouts:x: There is no plan at this section. A plan names its arms, an objective, an authority and a deadline.",
        Assert.Single(PlanReader.FromConfiguration(new ConfigurationBuilder().Build().GetSection("Snapback:Rollouts:x")).Problems).ToString());

    private static PlanResult Read(params (string Key, string? Value)[] changes)
    {
        var values = new Dictionary<string, string?>(Valid);
        foreach (var (key, value) in changes)
        {
            values[key] = value;
        }

        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create("Snapback:Rollouts:payments:" + pair.Key, pair.Value)))
            .Build();
        return PlanReader.FromConfiguration(configuration.GetSection("Snapback:Rollouts:payments"));
    }
}
