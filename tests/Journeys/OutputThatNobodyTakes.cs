using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>What a command did is done, and that is said, when what it says goes nowhere.</summary>
public sealed class OutputThatNobodyTakes : Journey
{
    [Theory]
    [InlineData("> /dev/full")]
    [InlineData(">&-")]
    public async Task A_rollback_whose_output_cannot_be_written_is_done_and_no_defect(string redirection)
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.StandingAt("50%"));
        await proxy.PostAsync("start", new { version = "2" });
        string[] rollback = [Cli.Executable, "rollback", "default", "--reason", "it is down", "--admin", proxy.AdminUri.ToString()];
        var shell = Own(Child.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" \"$@\" {redirection}", .. rollback])));
        Assert.Equal(74, await shell.ExitAsync());
        Assert.StartsWith("The output cannot be written: ", shell.Error, StringComparison.Ordinal);
        Assert.Matches(
            "[^.]\\. What was asked of a running proxy may be done: look at the status before you repeat it\\.\\s*$", shell.Error);
        Assert.True((await proxy.StatusAsync()).IsRolledBack);
    }

    /// <summary>A job's log on a full disk, say: <c>snapback … &gt;&gt; log 2&gt;&amp;1</c>.</summary>
    [Theory]
    [InlineData("status nobody", "2> /dev/full", 3)]
    [InlineData("statos", "2> /dev/full", 64)]
    [InlineData("status default", "> /dev/full 2>&1", 74)]
    [InlineData("serve --plan gone.yaml", "> /dev/full 2>&1", 78)]
    public async Task The_exit_code_tells_what_the_error_stream_cannot(string command, string redirection, int code)
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.StandingAt("50%"));
        var line = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" {command} {redirection}", Cli.Executable])
        {
            Environment = { ["SNAPBACK_ADMIN"] = proxy.AdminUri.ToString() },
        };
        Assert.Equal(code, await Own(Child.Start(line)).ExitAsync());
    }

    [Theory]
    [InlineData("record default")]
    [InlineData("events --follow")]
    [InlineData("status default --watch")]
    public async Task What_has_no_end_of_its_own_ends_when_its_reader_has_gone(string command)
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.StandingAt("50%"));
        var pipe = $"\"$0\" {command} --admin {proxy.AdminUri} | head -n 1; echo over";
        var shell = Own(Child.Start(new ProcessStartInfo("/bin/sh", ["-c", pipe, Cli.Executable])));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var version = 1; !shell.HasExited && version <= 200; version++)
        {
            // A line of any of them, which the one before it was perhaps the last to be read of.
            await client.GetStringAsync(proxy.Traffic, Ended);
            await proxy.PostAsync("start", new { version = $"{version}" });
            await proxy.PostAsync("pause", new { reason = "to be seen" });
            await proxy.PostAsync("rollback", new { reason = "for the next" });
        }

        Assert.Equal(0, await shell.ExitAsync());
        Assert.EndsWith("over\n", shell.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_that_is_refused_leaves_an_earlier_one_alone_and_a_full_disk_is_no_defect()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.StandingAt("50%"));
        var earlier = Folder.Write("earlier.jsonl", "kept");
        var refused = await proxy.CliAsync("record", "nobody", "-o", earlier);
        Assert.Equal((3, "kept"), (refused.ExitCode, await File.ReadAllTextAsync(earlier, Ended)));

        var full = Own(Child.Start(Cli.Command(["record", "default", "-o", "/dev/full", "--seconds", "2", "--admin", proxy.AdminUri.ToString()])));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        while (!full.HasExited)
        {
            await client.GetStringAsync(proxy.Traffic, Ended);
        }

        Assert.Equal(74, await full.ExitAsync());
        Assert.StartsWith("The output cannot be written: No space left on device : '/dev/full'.", full.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drill_whose_evidence_finds_no_room_was_held_all_the_same_and_says_so()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.StandingAt("50%"));
        var drill = await proxy.CliAsync("drill", "default", "--json", "/dev/full");
        Assert.Equal(74, drill.ExitCode);
        Assert.Contains("✓", drill.Output, StringComparison.Ordinal);
        Assert.StartsWith("The output cannot be written: No space left on device : '/dev/full'.", drill.Error, StringComparison.Ordinal);
    }
}
