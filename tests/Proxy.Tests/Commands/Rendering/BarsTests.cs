using Snapback.Proxy.Commands.Rendering;
using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class BarsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.0001, 1)]
    [InlineData(0.5, 5)]
    [InlineData(0.9999, 9)]
    [InlineData(1, 10)]
    [InlineData(7, 10)]
    [InlineData(-1, 0)]
    public void Only_nothing_looks_like_nothing_and_only_all_like_all(double share, int cells) =>
        Assert.Equal((cells, 10 - cells), Bars.Split(share, 10));
}
