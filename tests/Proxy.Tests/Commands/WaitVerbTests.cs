using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class WaitVerbTests
{
    [Fact]
    public async Task The_end_waited_for_exits_0_with_one_line_per_change()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            Samples.Climbing, Samples.Climbing, Samples.Higher, Samples.Higher, Samples.Promoted);

        var said = await Cli.RunAsync(admin, "wait", "x", "--for", "promoted", "--timeout", "1m");

        Assert.Equal(
            ["x: Progressing at 5% (step 1 of 4)", "x: Progressing at 25% (step 2 of 4)", "x: Promoted (version v42)"], said.Lines);
        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
    }

    [Fact]
    public async Task The_other_end_exits_2_and_says_why()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, Samples.RolledBack);

        var said = await Cli.RunAsync(admin, "wait", "x", "--for", "promoted");

        Assert.Equal(ExitCodes.OtherEnd, said.Code);
        Assert.Equal("x: 4 of its last 14 requests failed (29 %; allowed 0.5 %).\n", said.Error);
    }

    [Theory]
    [InlineData(Samples.RolledBack, ExitCodes.Done)]
    [InlineData(Samples.Promoted, ExitCodes.OtherEnd)]
    public async Task A_rollback_can_be_waited_for_too(string end, int code)
    {
        await using var admin = await FakeAdmin.SayingAsync(end);

        Assert.Equal(code, (await Cli.RunAsync(admin, "wait", "x", "--for", "RolledBack")).Code);
    }

    [Fact]
    public async Task Time_up_exits_3_with_what_was_seen_last()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);

        var said = await Cli.RunAsync(admin, "wait", "x", "--for", "promoted", "--timeout", "300ms");

        Assert.Equal(ExitCodes.TimedOut, said.Code);
        Assert.Equal(
            "Time is up after 300ms; the rollout was left as it is. Last seen: x: Progressing at 5% (step 1 of 4).\n", said.Error);
    }

    [Fact]
    public async Task A_restart_of_the_admin_side_is_outlived()
    {
        await using var admin = await FakeAdmin.StartAsync(Samples.Climbing, new Canned(Canned.Hangup, ""), Samples.Promoted);

        var said = await Cli.RunAsync(admin, Cli.Host with { Patience = TimeSpan.FromSeconds(30) }, "wait", "x", "--for", "promoted");

        Assert.Equal(ExitCodes.Done, said.Code);
        Assert.Contains("Trying again for 30s.", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_balancer_that_has_no_admin_side_behind_it_for_a_while_is_outlived()
    {
        await using var admin = await FakeAdmin.StartAsync(Samples.Climbing, new Canned(502, "<html>Bad gateway</html>"), Samples.Promoted);

        var said = await Cli.RunAsync(admin, Cli.Host with { Patience = TimeSpan.FromSeconds(30) }, "wait", "x", "--for", "promoted");

        Assert.Equal(ExitCodes.Done, said.Code);
        Assert.Contains("said 502 without a reason", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_side_that_stays_away_exits_4()
    {
        await using var admin = await FakeAdmin.StartAsync(Samples.Climbing, new Canned(Canned.Hangup, ""));

        Assert.Equal(ExitCodes.Unreachable, (await Cli.RunAsync(admin, "wait", "x", "--for", "promoted")).Code);
    }

    [Fact]
    public async Task Ctrl_C_is_reported_as_an_interruption()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        var said = await Cli.RunUntilAsync(Cli.Host, ["wait", "x", "--for", "promoted", "--admin", admin.Url], stop.Token);

        Assert.Equal(ExitCodes.Interrupted, said.Code);
    }
}
