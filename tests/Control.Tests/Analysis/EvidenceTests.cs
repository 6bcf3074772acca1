using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class EvidenceTests
{
    private static readonly Gen<Grid> Grids = Gen.Double[-6, -0.1].Select(exponent => Grid.For(Math.Pow(10, exponent)));

    [Fact]
    public void Evidence_of_counts_meets_the_reference()
    {
        foreach (var record in Vectors.Of("mixture_logE"))
        {
            var actual = Evidence.LogFromCounts(Grid.For(record.Number("p0")), record.Whole("n"), record.Whole("k"));
            Vectors.AssertClose(record.Number("logE"), actual, record);
        }
    }

    [Fact]
    public void The_firing_table_meets_the_reference()
    {
        foreach (var record in Vectors.Of("nmax_ville"))
        {
            var table = Evidence.FiringTable(Grid.For(record.Number("p0")), -Math.Log(record.Number("alpha")), failures: 20);
            Assert.Equal(record.Numbers("nmax_k1_to_20"), table.Skip(1).Select(n => (double)n));
        }
    }

    [Fact]
    public void Evidence_rises_with_every_bad_response_and_falls_with_every_good_one() =>
        Gen.Select(Grids, Gen.Int[0, 200], Gen.Int[0, 100_000]).Sample((grid, bad, good) =>
        {
            var now = Evidence.LogFromCounts(grid, good + bad, bad);
            Assert.True(Evidence.LogFromCounts(grid, good + bad + 1, bad + 1) > now);
            Assert.True(Evidence.LogFromCounts(grid, good + bad + 1, bad) < now);
        });

    [Fact]
    public void A_share_within_the_budget_is_never_evidence_against_it() =>
        Gen.Select(Grids, Gen.Int[0, 50], Gen.Double[1, 3]).Sample((grid, bad, slack) =>
            Evidence.LogFromCounts(grid, (long)Math.Ceiling(bad / grid.Budget * slack), bad) <= 1e-9);

    [Fact]
    public void The_table_says_exactly_when_the_evidence_reaches_the_threshold() =>
        Gen.Select(Grids, Gen.Double[0.1, 12]).Sample((grid, threshold) =>
        {
            var table = Evidence.FiringTable(grid, threshold, failures: 40);
            Assert.Equal(table.Order(), table);
            for (var k = 1; k <= 40; k++)
            {
                Assert.True(table[k] == 0 || Evidence.LogFromCounts(grid, table[k], k) >= threshold);
                Assert.True(Evidence.LogFromCounts(grid, Math.Max(k, table[k] + 1), k) < threshold);
            }
        });

    [Fact]
    public void Fewer_failures_than_the_minimum_never_fire()
    {
        var table = Evidence.FiringTable(Grid.For(0.001), -Math.Log(0.01), failures: 5, minFailures: 3);
        Assert.Equal([0, 0, 0, 139, 305, 543], table);
    }

    [Fact]
    public void Impossible_counts_are_refused()
    {
        var grid = Grid.For(0.005);
        Assert.Throws<ArgumentOutOfRangeException>(() => Evidence.LogFromCounts(grid, 1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Evidence.LogFromCounts(grid, 1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Evidence.FiringTable(grid, -1, failures: 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Evidence.FiringTable(grid, 1, failures: 0));
    }
}
