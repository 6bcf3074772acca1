using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Snapback.Journeys.Page;

/// <summary>The live page in a real Chromium: a story in a file of its own, which says how far it has come.</summary>
public abstract class PageJourney : Journey
{
    private static readonly string Stories = Path.GetDirectoryName(Here())!;

    private static readonly SemaphoreSlim One = new(1, 1);

    /// <param name="story">Without its ending.</param>
    internal async Task<Story> TellAsync(string story, SnapbackProcess proxy, string rollout, params object[] more)
    {
        await InstalledAsync();
        string[] args = [$"{story}.mjs", proxy.AdminUri.ToString(), rollout, .. more.Select(one => one.ToString()!)];
        return new Story(Own(Child.Start(new ProcessStartInfo("node", args) { WorkingDirectory = Stories })));
    }

    /// <summary><c>npm ci</c>, once for what the lock file names; it downloads no browser.</summary>
    private static async Task InstalledAsync()
    {
        await One.WaitAsync(Ended);
        try
        {
            var (wanted, there) = (Path.Combine(Stories, "package-lock.json"), Path.Combine(Stories, "node_modules", ".package-lock.json"));
            if (File.GetLastWriteTimeUtc(there) < File.GetLastWriteTimeUtc(wanted))
            {
                await using var npm = Child.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund"]) { WorkingDirectory = Stories });
                Assert.True(await npm.ExitAsync(TimeSpan.FromMinutes(2)) == 0, npm.Tail());
            }
        }
        finally
        {
            One.Release();
        }
    }

    private static string Here([CallerFilePath] string here = "") => here;
}

internal sealed class Story(Child process)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Each wait in a story has its own limit; this is only for one that hangs elsewhere.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    /// <summary>Waits until the story has come so far.</summary>
    public Task SaysAsync(string line) => Eventually.SeeAsync(
        $"the page's story says '{line}'",
        () =>
        {
            Assert.False(process.HasExited && !Said(line), process.Tail());
            return Said(line);
        },
        Patience);

    public async Task EndsAsync() => Assert.True(await process.ExitAsync(Longest) == 0, process.Tail());

    private bool Said(string line) => process.Output.Split('\n').Contains(line);
}
