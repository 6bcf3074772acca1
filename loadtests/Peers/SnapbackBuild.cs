using System.Diagnostics;

namespace Snapback.LoadTests.Peers;

/// <summary>Which of the product's builds runs.</summary>
internal sealed record SnapbackBuild(string Name, string Executable)
{
    /// <summary>What <c>dotnet run</c> runs; SNAPBACK_UNDER_TEST names another one.</summary>
    public static SnapbackBuild Plain { get; } = new(
        Peer.Snapback, Environment.GetEnvironmentVariable("SNAPBACK_UNDER_TEST") is { Length: > 0 } given ? given : Built());

    /// <summary>What the Dockerfile's line makes; nothing is done if it is up to date.</summary>
    public static async Task<SnapbackBuild> PublishedAsync()
    {
        var output = Path.Combine(AppContext.BaseDirectory, "published");
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", Project("src", "Proxy"), "-c", "Release", "-o", output, "-p:RestoreLockedMode=true", "-v", "quiet", "--nologo"])
        {
            RedirectStandardOutput = true,
        })!;
        var said = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0
            ? new SnapbackBuild(Peer.SnapbackPublished, Path.Combine(output, "snapback"))
            : throw new InvalidOperationException($"'dotnet publish src/Proxy' ended with {publish.ExitCode}: {said}");
    }

    // loadtests/bin/CONFIGURATION/net10.0 → src/Proxy/bin/CONFIGURATION/net10.0
    private static string Built()
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Project("src", "Proxy"), "bin", framework.Parent!.Name, framework.Name, "snapback");
    }

    private static string Project(params string[] path) =>
        Path.GetFullPath(Path.Combine([AppContext.BaseDirectory, "..", "..", "..", "..", .. path]));
}
