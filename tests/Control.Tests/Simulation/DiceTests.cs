using Snapback.Control.Simulation;
using Xunit;

namespace Snapback.Control.Tests.Simulation;

public sealed class DiceTests
{
    private const int Draws = 200_000;

    // Five standard errors of the mean of so many draws.
    private static readonly double Slack = 5 / Math.Sqrt(Draws);

    [Theory]
    [InlineData(0.02)]
    [InlineData(3)]
    [InlineData(9.99)]
    [InlineData(10)]
    [InlineData(250)]
    [InlineData(1e6)]
    public void Counts_have_the_mean_and_the_variance_of_Poissons_law(double mean)
    {
        var dice = new Dice(7);
        double[] counts = [.. Enumerable.Range(0, Draws).Select(_ => (double)dice.Poisson(mean))];

        var seen = counts.Average();
        var variance = counts.Average(count => (count - seen) * (count - seen));
        Assert.InRange(seen, mean - Slack * Math.Sqrt(mean), mean + Slack * Math.Sqrt(mean));

        // The variance of the variance of a Poisson law is (2·mean² + mean) / n.
        var slack = Slack * Math.Sqrt(2 * mean * mean + mean);
        Assert.InRange(variance, mean - slack, mean + slack);
    }

    [Fact]
    public void Waiting_times_and_normal_draws_have_their_means()
    {
        var dice = new Dice(7, 1);
        Assert.Equal(0.5, Enumerable.Range(0, Draws).Average(_ => dice.Exponential(2)), 0.5 * Slack);
        double[] normal = [.. Enumerable.Range(0, Draws).Select(_ => dice.Normal())];
        Assert.Equal(0, normal.Average(), Slack);
        Assert.Equal(1, normal.Average(x => x * x), 2 * Slack);
    }

    [Fact]
    public void The_same_keys_give_the_same_numbers_on_every_machine_and_others_give_others()
    {
        Assert.Equal(new Dice(1, 2, 3).Uniform(), new Dice(1, 2, 3).Uniform());
        Assert.NotEqual(new Dice(1, 2, 3).Uniform(), new Dice(1, 2, 4).Uniform());
        Assert.NotEqual(new Dice(1, 2, 3).Uniform(), new Dice(3, 2, 1).Uniform());
    }

    [Fact]
    public void Nothing_ever_happens_at_no_rate()
    {
        var dice = new Dice(1);
        Assert.Equal(double.PositiveInfinity, dice.Exponential(0));
        Assert.Equal(0, dice.Poisson(0));
    }

    [Theory]
    [InlineData(0.04, 0.12, 0.01, 0.4)]
    [InlineData(0.04, 0.12, 0, 0.12)]
    [InlineData(0.03, 0.03, 0.2, 0.1)]
    public void Drawn_latencies_are_over_a_limit_as_often_as_the_model_says(double p50, double p95, double slow, double limit)
    {
        var (model, dice) = (new LatencyModel(p50, p95, slow), new Dice(9));
        double[] drawn = [.. Enumerable.Range(0, Draws).Select(_ => model.Draw(dice))];

        Assert.Equal(model.ShareOver(limit), drawn.Count(latency => latency > limit) / (double)Draws, Slack * 0.5);
        Assert.Equal(1, drawn.Average() / model.Mean, 0.05);
    }
}
