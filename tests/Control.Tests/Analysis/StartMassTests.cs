using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class StartMassTests
{
    [Fact]
    public void Calibrated_thresholds_meet_the_reference()
    {
        foreach (var record in Vectors.Of("calibrated_start"))
        {
            var actual = StartMass.LogThreshold(record.Number("p0"), record.Number("alpha"), minFailures: 2);
            Vectors.AssertClose(record.Number("log_threshold"), actual, record);
        }
    }

    [Fact]
    public void The_mass_is_rounded_down() => Assert.Equal(2.639, StartMass.Calibrate(0.005, 1e-3));

    [Theory]
    [InlineData(1e-4, 1e-3)]
    [InlineData(1 - 0.9999, 1e-2)]
    [InlineData(0.001, 1e-5)]
    [InlineData(0.005, 1e-2)]
    [InlineData(0.05, 1e-3)]
    [InlineData(0.3, 1e-5)]
    public void It_spends_alpha_and_no_more(double p0, double alpha)
    {
        var mass = StartMass.Calibrate(p0, alpha);
        var table = Evidence.FiringTable(Grid.For(p0), -Math.Log(alpha) - Math.Log(mass), failures: 128, minFailures: 2);
        Assert.InRange(CrossingProbability.Of(table.AsSpan(), p0) / alpha, 0.9, 1);
        Assert.True(mass > 1.25);
    }

    [Theory]
    [InlineData(9.9e-5)]
    [InlineData(0.31)]
    public void Outside_the_checked_range_it_is_the_mass_that_needs_no_check(double p0) =>
        Assert.Equal(1, StartMass.Calibrate(p0, 1e-3));

    [Fact]
    public void The_table_people_are_shown_is_the_calibrated_one()
    {
        var logThreshold = -Math.Log(1e-3) - Math.Log(StartMass.Calibrate(0.005, 1e-3));
        var table = Evidence.FiringTable(Grid.For(0.005), logThreshold, failures: 9, minFailures: 2);
        Assert.Equal([0, 0, 4, 20, 48, 89, 137, 195, 261, 332], table);
    }
}
