using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class PerCentTests
{
    [Theory]
    [InlineData(0, "0%")]
    [InlineData(100, "100%")]
    [InlineData(99.5, "99.5%")]
    [InlineData(33.3333, "33.33%")]
    [InlineData(99.996, "99.996%")]
    [InlineData(99.9999, "99.9999%")]
    [InlineData(100.0 * 99_999 / 100_000, "99.999%")]
    [InlineData(100.0 * 3 / 100_000, "0.003%")]
    [InlineData(100.0 / 7_654_321, "0.000013%")]
    public void Some_is_not_rounded_to_none_or_to_all(double percent, string told) => Assert.Equal(told, PerCent.Of(percent));
}
