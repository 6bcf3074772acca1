using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class BurnMeterTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    [Fact]
    public void A_share_of_failures_at_the_budget_burns_once_as_fast()
    {
        var meter = new BurnMeter(0.001, Window);
        meter.Add(TimeSpan.Zero, default, default);
        meter.Add(TimeSpan.FromMinutes(1), new BurnCounts(0, 1000), new BurnCounts(12, 1000));

        Assert.Equal(0, meter.Stable.Rate);
        Assert.Equal(12, meter.Canary.Rate, 9);
    }

    [Fact]
    public void What_is_older_than_the_window_is_forgotten_and_no_sooner()
    {
        var meter = new BurnMeter(0.01, Window);
        meter.Add(TimeSpan.Zero, default, default);
        meter.Add(TimeSpan.FromSeconds(10), default, new BurnCounts(50, 100));
        for (var second = 11; second <= 600; second++)
        {
            meter.Add(TimeSpan.FromSeconds(second), default, new BurnCounts(50, 100 + second));
            Assert.Equal(second < 310 ? 50 : 0, meter.Canary.Failures);
        }
    }

    /// <summary>Against the definition: the counts now, less those at the window's far edge, which is exact to a 300th.</summary>
    [Fact]
    public void A_window_holds_what_its_definition_says() => Gen.Int[0, 20].Array[400, 900].Sample(
        failures =>
        {
            var meter = new BurnMeter(0.01, Window);
            var at = new List<long> { 0 };
            meter.Add(TimeSpan.Zero, default, default);
            for (var second = 1; second <= failures.Length; second++)
            {
                at.Add(at[^1] + failures[second - 1]);
                meter.Add(TimeSpan.FromSeconds(second), default, new BurnCounts(at[^1], at[^1] * 2));
                if (meter.Canary.Failures != at[^1] - at[Math.Max(0, second - 300)])
                {
                    return false;
                }
            }

            return true;
        },
        iter: 50);
}
