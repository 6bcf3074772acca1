using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>
/// A network of its own for one part of a journey, in which that part can be cut off for real. Named after this process: what a run
/// that was killed left behind is taken away by the next.
/// </summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private const string Prefix = "snapback-";

    private static readonly ConcurrentDictionary<string, NetworkNamespace> Standing = new(StringComparer.Ordinal);

    static NetworkNamespace() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var (name, _) in Standing)
        {
            Process.Start("ip", ["netns", "del", name]).WaitForExit(1000);
        }
    };

    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    /// <summary>Why there can be none here; null if there can.</summary>
    public static async Task<string?> ProblemAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "Network namespaces need root.";
        }

        try
        {
            await SweepAsync();
            await using var probe = await MakeAsync("probe");
            await probe.RunAsync("iptables", "-L", "-n");
            return null;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return $"No network namespaces on this machine (they need the packages iproute2 and iptables): {e.Message}";
        }
    }

    public static async Task<NetworkNamespace> MakeAsync(string name)
    {
        var made = new NetworkNamespace($"{Prefix}{Environment.ProcessId}-{name}");
        await HereAsync("ip", "netns", "add", made.Name);
        Standing[made.Name] = made;
        await made.RunAsync("ip", "link", "set", "lo", "up");
        return made;
    }

    /// <summary>On this machine itself.</summary>
    /// <exception cref="InvalidOperationException">It failed; with what it said.</exception>
    public static async Task<string> HereAsync(string program, params IEnumerable<string> arguments) =>
        await RunAsync(new ProcessStartInfo(program, arguments));

    public async Task<string> RunAsync(string program, params IEnumerable<string> arguments) =>
        await RunAsync(Enter(new ProcessStartInfo(program, arguments)));

    /// <summary>The same command, to be run in here; the process is the command's own and no shell's.</summary>
    public ProcessStartInfo Enter(ProcessStartInfo info)
    {
        string[] before = ["netns", "exec", Name, info.FileName];
        for (var i = 0; i < before.Length; i++)
        {
            info.ArgumentList.Insert(i, before[i]);
        }

        info.FileName = "ip";
        return info;
    }

    public async ValueTask DisposeAsync()
    {
        if (Standing.TryRemove(Name, out _))
        {
            await HereAsync("ip", "netns", "del", Name);
        }
    }

    private static async Task<string> RunAsync(ProcessStartInfo info)
    {
        await using var child = Child.Start(info);
        return await child.ExitAsync() == 0
            ? child.Output
            : throw new InvalidOperationException($"'{info.FileName} {string.Join(' ', info.ArgumentList)}' failed: {child.Error}{child.Output}");
    }

    private static async Task SweepAsync()
    {
        foreach (var line in (await HereAsync("ip", "netns", "list")).Split('\n'))
        {
            var name = line.Split(' ')[0];
            if (name.StartsWith(Prefix, StringComparison.Ordinal)
                && int.TryParse(name[Prefix.Length..].Split('-')[0], out var pid)
                && !Directory.Exists($"/proc/{pid}"))
            {
                foreach (var left in (await HereAsync("ip", "netns", "pids", name)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    Process.GetProcessById(int.Parse(left)).Kill();
                }

                await HereAsync("ip", "netns", "del", name);
            }
        }
    }
}
