using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class DetectorSettingsTests
{
    [Fact]
    public void Settings_of_a_budget_are_calibrated() => Assert.Equal(
        new DetectorSettings(0.005, 1e-3, StartMass: 2.639, Restart: 1e-3, MinFailures: 2),
        DetectorSettings.For(0.005, 1e-3));

    [Theory]
    [InlineData(0.005, 1e-3, 2, 4)]
    [InlineData(0.5, 1e-3, 13, 13)]
    [InlineData(0.9, 1e-5, 129, 129)]
    public void The_table_of_a_budget_has_as_many_entries_that_fire_as_asked_for(double p0, double alpha, int fewest, long within)
    {
        var table = DetectorSettings.For(p0, alpha).FiringTable(8);
        Assert.Equal((fewest + 8, within, 8), (table.Length, table[fewest], table.Count(entry => entry > 0)));
    }

    [Theory]
    [InlineData(0, 1e-3)]
    [InlineData(1, 1e-3)]
    [InlineData(double.NaN, 1e-3)]
    [InlineData(0.005, 0)]
    [InlineData(0.005, 9e-8)]
    [InlineData(0.005, 0.6)]
    [InlineData(0.005, double.NaN)]
    public void Settings_nothing_can_be_judged_by_are_refused(double p0, double alpha) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DetectorSettings.For(p0, alpha));

    [Fact]
    public void A_detector_refuses_settings_made_by_hand_that_are_out_of_range()
    {
        var good = new DetectorSettings(0.005, 1e-3, StartMass: 1);
        DetectorSettings[] bad =
        [
            good with { StartMass = 0 }, good with { StartMass = double.PositiveInfinity },
            good with { Restart = -1e-3 }, good with { Restart = double.NaN }, good with { MinFailures = 0 },
        ];
        Assert.All(bad, settings => Assert.Throws<ArgumentOutOfRangeException>(() => new Detector(settings)));
    }

    [Fact]
    public void A_refusal_names_the_setting_its_value_and_its_range()
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => DetectorSettings.For(0.005, 0.6));
        Assert.StartsWith("Alpha must be in [1e-7, 0.5].", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0.6, refusal.ActualValue);
    }
}
