using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Drills;
using Xunit;

namespace Snapback.Proxy.Tests.Drills;

public sealed class DrillPlanTests
{
    /// <summary>At 0.01% and 200 requests a second the canary would get one in fifty seconds, and no drill would pass.</summary>
    [Theory]
    [InlineData("0.01%", 100)]
    [InlineData("0.5%", 100)]
    [InlineData("5%", 500)]
    [InlineData("100%", 10_000)]
    public void The_twin_has_the_first_weight_but_enough_of_it_to_be_judged(string weight, int basisPoints) =>
        Assert.Equal(
            basisPoints,
            DrillPlan.Of(
                Plan($"steps: [ {{ weight: {weight}, requests: 5 }} ]", "{ metric: success-rate, min: 99% }")).Steps[0].Weight.BasisPoints);

    [Theory]
    [InlineData("29s", "hang", null)]
    [InlineData("5m", "hang", "A latency limit of 5m is no shorter than the 30s that a drill waits.")]
    [InlineData("30s", "slow", "A latency limit of 30s is no shorter than the 30s that a drill waits.")]
    public void What_it_cannot_wait_for_is_said_before(string limit, string fault, string? said)
    {
        var blind = DrillPlan.Blind(Plan("", $"{{ metric: p95, max: {limit} }}"), Enum.Parse<DrillFault>(fault, ignoreCase: true));
        Assert.Equal(said, blind);
    }

    private static RolloutPlan Plan(string keys, string objective)
    {
        var result = PlanReader.FromYaml(
            $"name: shop\nstable: a\ncanary: b\nobjectives: [ {objective} ]\nrollback: {{ authority: [ ann ], deadline: 10m }}\n{keys}\n");
        Assert.Empty(result.Problems);
        return result.Plan!;
    }
}
