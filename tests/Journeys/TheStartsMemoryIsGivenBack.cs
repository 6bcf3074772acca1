using System.Globalization;

namespace Snapback.Journeys;

/// <summary>A sidecar stands beside every copy of an application: what only its start needed does not stay in memory.</summary>
public sealed class TheStartsMemoryIsGivenBack : Journey
{
    [Fact]
    public async Task Within_seconds_and_traffic_goes_on_as_before()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri);
        var atOnce = MappedFiles(proxy);
        await Eventually.SeeAsync($"less than half of the {atOnce:N0} kB of mapped files", () => Task.FromResult(MappedFiles(proxy)), now => now < atOnce / 2, TimeSpan.FromSeconds(40));

        await proxy.WeightAsync(50, "v2");
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(200, (await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get("/"))).Status);
        }

        await proxy.PostAsync("rollback", new { reason = "seen enough" });
        Assert.Equal(0, (await proxy.CliAsync("status", "default")).ExitCode);
    }

    /// <summary>In kB.</summary>
    private static long MappedFiles(SnapbackProcess proxy) => long.Parse(
        File.ReadLines($"/proc/{proxy.Process.Id}/status").Single(line => line.StartsWith("RssFile:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);
}
