using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Snapback.Journeys;

/// <summary>
/// Published builds leave assemblies out of their image by name: what a running proxy loads is not among them, or it starts
/// slower and takes more memory.
/// </summary>
public sealed class WhatIsLeftOutIsNotUsed : Journey
{
    /// <summary>
    /// The first binds the admin side's end points, once, after the traffic side listens; of the second YARP names a type, where
    /// it is compiled at run time.
    /// </summary>
    private static readonly string[] Known = ["System.Linq.Expressions", "System.Net.WebSockets"];

    [Fact]
    public async Task A_proxy_with_traffic_a_rollout_and_a_rollback_loads_nothing_that_is_left_out_of_the_published_image()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri);
        await proxy.WeightAsync(50, "v2");
        for (var i = 0; i < 20; i++)
        {
            await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get("/"));
        }

        await proxy.PostAsync("rollback", new { reason = "seen enough" });
        Assert.Equal(0, (await proxy.CliAsync("status", "default")).ExitCode);

        var project = await File.ReadAllTextAsync(Project(), TestContext.Current.CancellationToken);
        var leftOut = new Regex(Regex.Match(project, "<_Unused>(.*)</_Unused>").Groups[1].Value);
        var loaded = File.ReadLines($"/proc/{proxy.Process.Id}/maps")
            .Where(line => line.EndsWith(".dll", StringComparison.Ordinal)).Select(line => Path.GetFileNameWithoutExtension(line)).Distinct().ToList();
        Assert.Contains("Yarp.ReverseProxy", loaded);
        Assert.Empty(loaded.Where(name => leftOut.IsMatch(name)).Except(Known));
    }

    private static string Project([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../src/Proxy/Proxy.csproj"));
}
