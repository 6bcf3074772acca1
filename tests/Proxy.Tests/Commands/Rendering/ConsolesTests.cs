using Snapback.Proxy.Commands.Rendering;
using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class ConsolesTests
{
    /// <summary>With one column the status was drawn without end, at the full use of a core.</summary>
    [Theory]
    [InlineData("1", 20)]
    [InlineData("60", 60)]
    [InlineData("0", null)]
    [InlineData(null, null)]
    public void No_screen_is_too_narrow_to_be_drawn_on(string? columns, int? width) => Assert.Equal(width, Consoles.Width(columns));

    [Fact]
    public async Task A_long_version_leaves_the_figures_of_its_exposure()
    {
        var version = "release-" + new string('x', 90);
        var history = "[{\"at\":\"2026-11-23T16:00:00Z\",\"kind\":\"rolled-back\",\"version\":\"" + version
            + "\",\"exposure\":{\"requests\":4711,\"users\":1,\"bytes\":2}}]";
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, history);

        Assert.Contains("4,711", (await Cli.RunAsync(admin, "history", "x", "--exposure")).Out, StringComparison.Ordinal);
    }
}
