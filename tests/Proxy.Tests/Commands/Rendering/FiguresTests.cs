using Snapback.Proxy.Commands.Rendering;
using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0.85, "850ms")]
    [InlineData(12.5, "12.5s")]
    [InlineData(300, "5m")]
    [InlineData(330, "5m30s")]
    [InlineData(5400, "1h30m")]
    [InlineData(3600, "1h")]
    public void A_duration_reads_like_the_plans(double seconds, string text) =>
        Assert.Equal(text, Figures.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0.84, "0.8 ms")]
    [InlineData(85.4, "85 ms")]
    [InlineData(12_000.0, "12s")]
    [InlineData(null, "-")]
    public void A_latency_keeps_two_or_three_digits(double? ms, string text) => Assert.Equal(text, Figures.Milliseconds(ms));

    [Theory]
    [InlineData(2.14, "2.1 µs")]
    [InlineData(4990.7, "5.0 ms")]
    public void A_decision_is_told_in_the_unit_that_fits_it(double micros, string text) => Assert.Equal(text, Figures.Microseconds(micros));

    [Theory]
    [InlineData("v42", "v42")]
    [InlineData("release-2026-11-23-with-a-very-long-tag-of-its-own", "release-2026-11-23-with-a-very-long-tag-of-its-own")]
    [InlineData("0123456789abcdef0123456789abcdef01234567", "0123456789ab")]
    [InlineData("repo/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ab")]
    [InlineData(null, "-")]
    public void A_digest_is_cut_and_a_tag_is_not(string? version, string text) => Assert.Equal(text, Figures.ShortVersion(version));
}
