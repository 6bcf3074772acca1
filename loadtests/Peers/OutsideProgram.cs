namespace Snapback.LoadTests.Peers;

/// <summary>A program of somebody else's that a scenario starts.</summary>
/// <param name="Package">Debian's.</param>
internal sealed record OutsideProgram(string Name, string Package)
{
    public static readonly OutsideProgram Taskset = new("taskset", "util-linux");
    public static readonly OutsideProgram Nginx = new("nginx", "nginx-light");
    public static readonly OutsideProgram Haproxy = new("haproxy", "haproxy");
    public static readonly OutsideProgram Wrk = new("wrk", "wrk");
    public static readonly OutsideProgram H2Load = new("h2load", "nghttp2-client");
    public static readonly OutsideProgram Redis = new("redis-server", "redis-server");
    public static readonly OutsideProgram Dotnet = new("dotnet", "dotnet-sdk-10.0");

    /// <summary>Asked before anything is started: taskset says of a program that it cannot start no more than that somebody does not answer.</summary>
    public static void Need(string scenario, params OutsideProgram[] programs)
    {
        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        var missing = programs.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program.Name)))).ToList();
        if (missing.Count > 0)
        {
            var (needed, away) = (programs.Select(program => program.Name), missing.Select(program => program.Name));
            throw new InvalidOperationException(
                $"{scenario} needs {string.Join(", ", needed)}; not on the PATH: {string.Join(", ", away)}. Install what is missing: "
                + $"apt-get install {string.Join(' ', missing.Select(program => program.Package))} "
                + "(Debian's names; servers come into /usr/sbin).");
        }
    }
}
