using Xunit;

namespace Snapback.Control.Tests;

public sealed class CountedTests
{
    [Theory]
    [InlineData(0, "0 requests")]
    [InlineData(1, "1 request")]
    [InlineData(2, "2 requests")]
    [InlineData(12_345, "12,345 requests")]
    public void One_is_not_many(long count, string told) => Assert.Equal(told, Counted.Of(count, "request"));

    [Theory]
    [InlineData(1, "1 request")]
    [InlineData(1.0001, "1 request")]
    [InlineData(0.25, "0.25 requests")]
    [InlineData(1.5, "1.5 requests")]
    [InlineData(4_700, "4,700 requests")]
    public void Of_a_figure_one_is_what_is_shown_as_one(double count, string told) => Assert.Equal(told, Counted.Of(count, "request"));
}
