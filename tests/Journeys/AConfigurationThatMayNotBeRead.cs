namespace Snapback.Journeys;

/// <summary>A file with the wrong owner is a mistake of whoever starts it, and no defect of the product.</summary>
public sealed class AConfigurationThatMayNotBeRead : Journey
{
    /// <summary>Only to be written, for root too.</summary>
    private const string WriteOnly = "/sys/bus/platform/drivers_probe";

    [Fact]
    public async Task Is_told_as_a_mistake_in_the_configuration_with_a_remedy()
    {
        Assert.SkipUnless(File.Exists(WriteOnly), "There is no file here that not even root may read.");
        var run = await Cli.RunAsync("serve", "--config", WriteOnly, "--data", Folder.At("data"));
        Assert.Equal(78, run.ExitCode);
        Assert.Equal(
            $"snapback cannot start; one thing is wrong:\n  Access to the path '{WriteOnly}' is denied. Let the user that snapback runs as read it.\n",
            run.Error);
    }
}
