using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class CrossingProbabilityTests
{
    [Fact]
    public void Exact_probabilities_meet_the_reference()
    {
        foreach (var record in Vectors.Of("exact_cross_probability"))
        {
            var grid = Grid.For(record.Number("p0"));
            var table = Evidence.FiringTable(grid, -Math.Log(record.Number("alpha")), (int)record.Whole("K"));
            var actual = CrossingProbability.Of(table.AsSpan(), record.Number("p"), record.Whole("N"));
            Vectors.AssertClose(record.Number("prob"), actual, record);
        }
    }

    [Fact]
    public void Leaps_agree_with_a_walk_of_single_responses() =>
        Gen.Select(Gen.Int[0, 30].Array[1, 12], Gen.Double[0.001, 0.7], Gen.Int[1, 300]).Sample((steps, p, horizon) =>
        {
            var table = new long[steps.Length + 1];
            for (var k = 1; k < table.Length; k++)
            {
                // A table can only ask for k bad ones among at least k.
                table[k] = steps[..k].Sum() is var sum && sum >= k ? Math.Max(sum, table[k - 1]) : table[k - 1];
            }

            Assert.Equal(Walk(table, p, horizon), CrossingProbability.Of(table, p, horizon), 1e-12);
        });

    private static double Walk(long[] table, double p, int horizon)
    {
        var alive = new double[table.Length];
        alive[0] = 1;
        var crossed = 0d;
        for (var n = 1; n <= horizon; n++)
        {
            // Past the table's last entry a path is out of its sight.
            for (var k = table.Length - 1; k >= 1; k--)
            {
                var arriving = p * alive[k - 1];
                crossed += n <= table[k] ? arriving : 0;
                alive[k] = (1 - p) * alive[k] + (n <= table[k] ? 0 : arriving);
            }

            alive[0] *= 1 - p;
        }

        return crossed;
    }
}
