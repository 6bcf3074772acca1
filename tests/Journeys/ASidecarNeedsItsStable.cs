namespace Snapback.Journeys;

/// <summary>What is missing on the command line is told as that, and not as a gap in a file that a sidecar does not have.</summary>
public sealed class ASidecarNeedsItsStable : Journey
{
    private const string Any = "http://127.0.0.1:0";

    [Fact]
    public async Task Without_it_that_alone_is_told_and_not_to_write_a_cluster()
    {
        var run = await Cli.RunAsync("serve", "--canary", "http://127.0.0.1:1", "--urls", Any, "--admin-urls", Any, "--data", Folder.At("data"));
        Assert.Equal(78, run.ExitCode);
        Assert.Equal(
            "snapback cannot start; one thing is wrong:\n  --stable is missing: the sidecar form needs --stable URL and --canary URL.\n",
            run.Error);
    }
}
