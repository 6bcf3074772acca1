using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class JudgeSettingsTests
{
    [Theory]
    [InlineData(1e-2, 0.2)]
    [InlineData(1e-3, 0.05)]
    [InlineData(1e-5, 0.01)]
    public void The_dial_moves_the_evidence_and_the_blame(double alpha, double attribution)
    {
        var settings = JudgeSettings.For(alpha, 0.005);
        Assert.Equal((alpha, alpha, attribution), (settings.Errors!.Alpha, settings.RelativeAlpha, settings.Attribution));
        Assert.Equal((2, 50), (settings.MaxRatioToStable, settings.HarmCap));
        Assert.Null(settings.Latency);
        Assert.Null(settings.LatencyRatioToStable);
    }

    [Fact]
    public void Settings_outside_their_range_are_refused()
    {
        var good = JudgeSettings.For(1e-3, 0.005);
        JudgeSettings[] bad =
        [
            good with { HarmCap = 0 },
            good with { HarmCap = double.NaN },
            good with { ConsecutiveFailures = 0 },
            good with { SharedGrace = TimeSpan.FromTicks(-1) },
            good with { Attribution = 0 },
            good with { MaxRatioToStable = 0.5 },
            good with { LatencyRatioToStable = double.PositiveInfinity },
            good with { RelativeAlpha = 1 },
        ];
        Assert.All(bad, settings => Assert.Throws<ArgumentOutOfRangeException>(() => new Judge(settings)));
    }
}
