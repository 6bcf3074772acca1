using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class GridTests
{
    [Fact]
    public void Alternatives_weights_and_log_evidence_meet_the_reference()
    {
        foreach (var record in Vectors.Of("grid"))
        {
            var grid = Grid.For(record.Number("p0"));
            Vectors.AssertClose(record.Numbers("p"), grid.P.AsSpan(), record);
            Vectors.AssertClose(record.Numbers("weight"), grid.Weight.AsSpan(), record);
            Vectors.AssertClose(record.Numbers("u"), grid.U.AsSpan(), record);
            Vectors.AssertClose(record.Numbers("v"), grid.V.AsSpan(), record);
        }
    }

    [Fact]
    public void Every_alternative_is_worse_than_the_budget_and_the_weights_sum_to_one() =>
        Gen.Double[-7, 0].Select(exponent => Math.Pow(10, exponent)).Sample(p0 =>
        {
            var grid = Grid.For(p0);
            Assert.True(grid.P[0] > grid.Budget);
            Assert.True(grid.P[^1] < 1);
            Assert.Equal(grid.P.Order(), grid.P);
            Assert.Equal(1, grid.Weight.Sum(), 1e-12);
            Assert.All(grid.U, u => Assert.True(u > 0));
            Assert.All(grid.V, v => Assert.True(v < 0));
            Assert.All(grid.C, c => Assert.True(c > 0 && double.IsFinite(c)));
        });

    [Fact]
    public void A_healthy_arm_can_expect_no_evidence_from_a_response() =>
        Gen.Select(Gen.Double[-6, -0.1], Gen.Double[0, 1]).Sample((exponent, share) =>
        {
            var grid = Grid.For(Math.Pow(10, exponent));
            var rate = share * grid.Budget;
            for (var j = 0; j < Grid.Size; j++)
            {
                Assert.True(rate * grid.Ratio[j] + (1 - rate) * Math.Exp(grid.V[j]) <= 1 + 1e-12);
            }
        });

    [Fact]
    public void The_same_budget_is_the_same_grid() => Assert.Same(Grid.For(0.005), Grid.For(0.005));

    [Fact]
    public void Budgets_beyond_the_range_are_clamped()
    {
        Assert.Same(Grid.For(1e-6), Grid.For(0));
        Assert.Same(Grid.For(0.9), Grid.For(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Grid.For(double.NaN));
    }
}
