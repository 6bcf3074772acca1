using CsCheck;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Plans;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class DurationsTests
{
    [Fact]
    public void What_is_formatted_parses_back() =>
        PlanGen.Duration.Sample(duration => Durations.TryParse(Durations.Format(duration), out var parsed) && parsed == duration);

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("10m", 600_000)]
    [InlineData("90m", 5_400_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1h1ms", 3_600_001)]
    [InlineData("480h", 480 * 3_600_000)]
    public void A_duration_is_whole_numbers_with_units(string text, int milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("m")]
    [InlineData("10 m")]
    [InlineData("10M")]
    [InlineData("1.5h")]
    [InlineData("-5m")]
    [InlineData("05m")]
    [InlineData("0s")]
    [InlineData("30m1h")]
    [InlineData("1m1m")]
    [InlineData("5m5")]
    [InlineData("5mss")]
    [InlineData("1d")]
    [InlineData("480h1ms")]
    [InlineData("99999999999999999999h")]
    [InlineData("١m")]
    public void Anything_else_is_no_duration(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(90_000, "1m30s")]
    [InlineData(-90_000, "-1m30s")]
    [InlineData(86_400_000, "24h")]
    public void A_duration_is_formatted_with_the_largest_units_first(int milliseconds, string expected) =>
        Assert.Equal(expected, Durations.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void What_is_shorter_than_a_millisecond_is_not_shown() => Assert.Equal("1s", Durations.Format(TimeSpan.FromSeconds(1.0004)));
}
