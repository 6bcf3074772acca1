using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>The load tests start programs that a machine may lack; without nginx they had said that it does not answer, and no more.</summary>
public sealed class LoadTestsNameWhatTheyNeed : Journey
{
    [Theory]
    [InlineData("overhead", "taskset, wrk, h2load", "util-linux wrk nghttp2-client")]
    [InlineData("shield", "taskset, h2load", "util-linux nghttp2-client")]
    [InlineData("fleet", "redis-server", "redis-server")]
    public async Task All_that_is_missing_is_named_at_once_with_the_command_that_installs_it(string scenario, string missing, string packages)
    {
        Folder.Write("nginx", "");
        Folder.Write("haproxy", "");
        var info = new ProcessStartInfo(Cli.Built("loadtests", "Snapback.LoadTests"), [scenario]);
        info.Environment["PATH"] = Folder.Path;
        var scenarios = Own(Child.Start(info));
        Assert.Equal(1, await scenarios.ExitAsync());
        Assert.Contains($"not on the PATH: {missing}. ", scenarios.Error, StringComparison.Ordinal);
        Assert.Contains($"apt-get install {packages} ", scenarios.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chromium", "chromium")]
    [InlineData("npm", "nodejs npm")]
    public async Task So_does_the_script_that_runs_the_tests(string missing, string packages)
    {
        // An 'id' that says nothing is not root's, and nothing is installed.
        string[] all = ["nginx", "redis-server", "redis-sentinel", "prometheus", "chromium", "npm", "id", "dirname"];
        foreach (var program in all.Where(program => program != missing))
        {
            File.CreateSymbolicLink(Folder.At(program), "/bin/true");
        }

        // Without dotnet on the PATH it could build nothing, whatever it finds.
        var info = new ProcessStartInfo("/bin/bash", [Cli.InRepository("test.sh")]) { WorkingDirectory = Folder.Path };
        info.Environment["PATH"] = Folder.Path;
        var script = Own(Child.Start(info));
        Assert.Equal(1, await script.ExitAsync());
        Assert.Contains($"'apt-get install {packages}'", script.Error, StringComparison.Ordinal);
    }
}
