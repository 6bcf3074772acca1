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

    /// <summary>One long name gave every rollout two lines, and none of them both a name and why it waits.</summary>
    [Fact]
    public async Task A_row_of_the_list_is_one_line_in_a_pipe_however_long_a_name_is()
    {
        var list = "[{\"name\":\"a-service-with-a-name-of-its-own-" + new string('x', 30) + "\",\"phase\":\"Idle\"},"
            + "{\"name\":\"shop\",\"phase\":\"Waiting\",\"weight\":5,\"step\":1,\"steps\":3,\"nextGate\":\"hold 10m, served; waits for ann\"}]";
        await using var admin = await FakeAdmin.SayingAsync(list);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = Consoles.Open }, "list");

        Assert.Matches("^shop .*Waiting .*1/3 .* waits for ann$", said.Lines.Single(line => line.StartsWith("shop", StringComparison.Ordinal)));
    }

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
