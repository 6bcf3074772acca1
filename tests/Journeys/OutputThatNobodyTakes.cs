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
}
