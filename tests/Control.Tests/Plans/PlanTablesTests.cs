using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

/// <summary>When the judge rolls back, as the page has it.</summary>
public sealed class PlanTablesTests
{
    [Theory]
    [InlineData("metric: success-rate, min: 99.5%", "1 never, 2 4, 3 20, 4 48, 5 89, 6 137, 7 195, 8 261")]
    [InlineData("metric: p95, max: 400ms", "1 never, 2 never, 3 3, 4 6, 5 11, 6 16, 7 23, 8 30")]
    [InlineData("metric: p50, max: 40ms", "11 never, 12 never, 13 13, 14 14, 15 15, 16 17, 17 18, 18 19")]
    public void A_table_begins_shortly_before_the_first_that_rolls_back(string objective, string rows)
    {
        var result = PlanReader.FromYaml(
            $"name: shop\nstable: a\ncanary: b\nobjectives: [ {{ {objective} }} ]\nrollback: {{ authority: [ ann ], deadline: 5m }}\n");
        Assert.Empty(result.Problems);
        var table = Assert.Single(PlanPage.Of(result.Plan!).Tables);
        Assert.Equal(rows, string.Join(", ", table.Bounds.Select(bound => $"{bound.Failure} {bound.Within?.ToString() ?? "never"}")));
    }
}
