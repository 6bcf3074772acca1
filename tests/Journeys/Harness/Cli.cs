using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>One run of the executable to its end.</summary>
internal sealed record Cli(int ExitCode, string Output, string Error)
{
    /// <summary>
    /// The executable that was built with these tests: theirs is tests/Journeys/bin/CONFIGURATION/net10.0, the other lies
    /// beside it under src/Proxy. SNAPBACK_UNDER_TEST names another one, such as a published build.
    /// </summary>
    public static string Executable { get; } =
        Environment.GetEnvironmentVariable("SNAPBACK_UNDER_TEST") is { Length: > 0 } given ? given : Built("src/Proxy", "snapback");

    public static ProcessStartInfo Command(IEnumerable<string> args, string? token = null)
    {
        var info = new ProcessStartInfo(Executable, args);
        foreach (var name in (string[])["SNAPBACK_TOKEN", "SNAPBACK_FLAGS_TOKEN", "SNAPBACK_ADMIN", "SNAPBACK_UNDER_TEST"])
        {
            info.Environment.Remove(name);
        }

        if (token is not null)
        {
            info.Environment["SNAPBACK_TOKEN"] = token;
        }

        return info;
    }

    public static async Task<Cli> RunAsync(params string[] args)
    {
        await using var child = Child.Start(Command(args));
        var code = await child.ExitAsync(TimeSpan.FromSeconds(30));
        return new Cli(code, child.Output, child.Error);
    }

    public static string InRepository(string path) => Path.Combine(Framework.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, path);

    private static DirectoryInfo Framework => new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>What another project of this repository built.</summary>
    public static string Built(string project, string executable)
    {
        var configuration = Framework.Parent!;
        var path = InRepository(Path.Combine(project, "bin", configuration.Name, Framework.Name, executable));
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no {path}. Build it: dotnet build {project} -c {configuration.Name}");
    }
}
