using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class NumericsTests
{
    [Fact]
    public void Divergence_meets_the_reference()
    {
        foreach (var record in Vectors.Of("kl"))
        {
            Vectors.AssertClose(record.Number("kl"), Numerics.Kl(record.Number("p"), record.Number("q")), record);
        }
    }

    [Theory]
    [InlineData(1e-20, 1e-20)]
    [InlineData(-1e-20, -1e-20)]
    [InlineData(1e-6, 9.999995000003333e-7)]
    [InlineData(-1e-6, -1.0000005000003334e-6)]
    [InlineData(-0.95, -2.995732273553991)]
    [InlineData(0, 0)]
    public void Log1p_keeps_the_digits_of_a_small_argument(double x, double expected) =>
        Assert.Equal(expected, Numerics.Log1p(x), 4e-16 * Math.Abs(expected));

    [Theory]
    [InlineData(1e-20, 1e-20)]
    [InlineData(1e-6, 1.0000005000001667e-6)]
    [InlineData(-1e-6, -9.999995000001667e-7)]
    [InlineData(-1, -0.6321205588285577)]
    [InlineData(0, 0)]
    public void Expm1_keeps_the_digits_of_a_small_argument(double x, double expected) =>
        Assert.Equal(expected, Numerics.Expm1(x), 4e-16 * Math.Abs(expected));

    [Fact]
    public void Compensated_forms_are_right_at_the_ends_of_the_range()
    {
        Assert.Equal(-1, Numerics.Expm1(double.NegativeInfinity));
        Assert.Equal(-1, Numerics.Expm1(-1e6));
        Assert.Equal(double.PositiveInfinity, Numerics.Expm1(1e6));
        Assert.Equal(double.NegativeInfinity, Numerics.Log1p(-1));
        Assert.Equal(double.PositiveInfinity, Numerics.Log1p(double.PositiveInfinity));
    }

    [Fact]
    public void Compensated_forms_undo_each_other() =>
        Gen.Double[-0.999, 5].Sample(x => Math.Abs(Numerics.Expm1(Numerics.Log1p(x)) - x) <= 1e-14 * Math.Max(1, Math.Abs(x)));

    [Fact]
    public void LogSumExp_neither_overflows_nor_vanishes()
    {
        Assert.Equal(1000 + Math.Log(2), Numerics.LogSumExp([1000, 1000]), 1e-12);
        Assert.Equal(-1000 + Math.Log(2), Numerics.LogSumExp([-1000, -1000]), 1e-12);
        Assert.Equal(3, Numerics.LogSumExp([3, double.NegativeInfinity]));
        Assert.Equal(double.NegativeInfinity, Numerics.LogSumExp([]));
    }
}
