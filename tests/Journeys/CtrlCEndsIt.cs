namespace Snapback.Journeys;

/// <summary>The web hosts inside take the signals of a terminal for themselves; the command that runs them has to end all the same.</summary>
public sealed class CtrlCEndsIt : Journey
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_demo_ends_in_its_story_or_after_it_by_either_signal(bool byTerminal)
    {
        var early = Own(Child.Start(Cli.Command(["demo", "--seconds", "6"])));
        await Eventually.SeeAsync("the story runs", () => Task.FromResult(early.Output), output => output.Contains("started at 5%", StringComparison.Ordinal));
        var late = Own(Child.Start(Cli.Command(["demo", "--seconds", "6"])));
        await Eventually.SeeAsync("it still serves", () => Task.FromResult(late.Output), output => output.Contains("Ctrl-C ends it", StringComparison.Ordinal));

        // The first one's story may be over by now on a busy machine; it has to end either way.
        Send(early, byTerminal);
        Send(late, byTerminal);
        await early.ExitAsync();
        await late.ExitAsync();
    }

    /// <summary>It ended in the middle of its start, and its store stayed in the directory for temporary files.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_demo_that_is_ended_while_it_starts_leaves_nothing(bool byTerminal)
    {
        var info = Cli.Command(["demo", "--headless"]);
        info.Environment["TMPDIR"] = Folder.Path;
        var starting = Own(Child.Start(info));
        await Eventually.SeeAsync(
            "its store is made",
            () => Task.FromResult(Directory.GetDirectories(Folder.Path, "snapback-demo-*")),
            made => made.Length > 0);

        Send(starting, byTerminal);
        await starting.ExitAsync();
        Assert.Empty(Directory.GetDirectories(Folder.Path, "snapback-demo-*"));
    }

    [Fact]
    public async Task A_proxy_in_a_terminal_drains_and_ends_well()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.StandingAt("50%"));
        proxy.Process.Interrupt();
        Assert.Equal(0, await proxy.Process.ExitAsync());
        Assert.Contains("Draining", proxy.Process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("simulate", "--record", "-")]
    [InlineData("simulate", "-")]
    [InlineData("apply", "-")]
    [InlineData("plan", "check", "-")]
    [InlineData("plan", "show", "-")]
    [InlineData("plan", "import", "-")]
    public async Task A_command_that_waits_for_standard_input_ends(params string[] command)
    {
        var info = Cli.Command(command);
        info.RedirectStandardInput = true;
        var waiting = Own(Child.Start(info));
        // More than a pipe holds: all of it is taken only once somebody reads.
        await waiting.Input.WriteAsync(new string('\n', 1 << 17));
        waiting.Interrupt();
        Assert.Equal(130, await waiting.ExitAsync());
    }

    private static void Send(Child child, bool byTerminal)
    {
        if (byTerminal)
        {
            child.Interrupt();
        }
        else
        {
            child.Terminate();
        }
    }
}
