using Snapback.Control.Simulation;
using Xunit;

namespace Snapback.Control.Tests.Simulation;

public sealed class ProportionTests
{
    // As printed by R's binom.test.
    [Theory]
    [InlineData(0, 1000, 0, 0.003682084)]
    [InlineData(1, 1000, 0.00002531746, 0.005558924)]
    [InlineData(5, 10, 0.187086, 0.812914)]
    [InlineData(10, 10, 0.6915029, 1)]
    public void The_interval_is_Clopper_and_Pearsons(int count, int of, double low, double high)
    {
        var share = new Proportion(count, of);

        Assert.Equal(low, share.Low, 1e-6);
        Assert.Equal(high, share.High, 1e-6);
    }

    [Fact]
    public void Runs_that_never_got_there_are_later_than_all_others()
    {
        var half = Distribution.Of([3, 1, 2], runs: 6);

        Assert.Equal((2, 3, null), (half.Mean, half.Median, half.P95));
        Assert.Equal(new Distribution(null, null, null), Distribution.Of([], runs: 6));
        Assert.Null(Distribution.Of([1], runs: 3).Median);
    }
}
