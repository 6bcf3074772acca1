using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class HarmCapTests
{
    [Theory]
    [InlineData(50, 50, false)]
    [InlineData(51, 51, true)]
    [InlineData(10_000, 99, false)]
    [InlineData(10_000, 100, true)]
    [InlineData(100_000, 400, false)]
    public void It_is_reached_by_failures_beyond_the_allowance(long responses, long failures, bool reached) =>
        Assert.Equal(reached, new HarmCap(0.005, 50).IsReached(responses, failures));

    [Fact]
    public void It_bounds_the_failures_of_every_pattern() =>
        Gen.Select(Gen.Double[0.001, 0.5], Gen.Double[1, 100], Gen.Bool.Array[1, 500]).Sample((budget, most, failed) =>
        {
            var cap = new HarmCap(budget, most);
            var (n, k) = (0, 0);
            while (n < failed.Length && !cap.IsReached(n, k))
            {
                k += failed[n++] ? 1 : 0;
            }

            Assert.True(k <= budget * n + most + 1);
        });
}
