using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>Standard input that was closed is empty, and nothing to wait for: a job's, say.</summary>
public sealed class InputThatIsClosed : Journey
{
    [Theory]
    [InlineData("plan check -", "-:1:1: The document is empty.")]
    [InlineData("simulate \"$1\" --record -", "-: the log is empty.")]
    public async Task There_is_nothing_to_read(string command, string said)
    {
        var plan = Folder.Write("plan.yaml", Plans.StandingAt("50%"));
        string[] line = ["-c", $"exec \"$0\" {command} <&-", Cli.Executable, plan];
        var shell = Own(Child.Start(new ProcessStartInfo("/bin/sh", line)));
        Assert.Equal(1, await shell.ExitAsync());
        Assert.StartsWith(said, shell.Error, StringComparison.Ordinal);
    }
}
