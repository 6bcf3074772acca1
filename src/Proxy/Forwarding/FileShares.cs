using System.Globalization;

namespace Snapback.Proxy.Forwarding;

/// <summary>The parts of a process's open files that connections may take.</summary>
/// <param name="Clients">How many clients' connections; for each there is a file for one to either arm.</param>
/// <param name="Applications">How many connections to the flags side.</param>
/// <param name="Operators">How many connections to the admin side.</param>
/// <param name="BeyondArms">The first file number that is no connection's to an arm.</param>
internal readonly record struct FileShares(long Clients, long Applications, long Operators, long BeyondArms)
{
    private static readonly FileShares NoLimit = new(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue);

    public static FileShares Read()
    {
        // Elsewhere the numbers mean something else, or the limit stands elsewhere; and not every sandbox shows it.
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/limits") || !Directory.Exists("/proc/self/fd"))
        {
            return NoLimit;
        }

        var limits = File.ReadLines("/proc/self/limits").FirstOrDefault(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return long.TryParse(limits?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3), CultureInfo.InvariantCulture, out var limit)
            ? Of(limit, Directory.EnumerateFileSystemEntries("/proc/self/fd").Count())
            : NoLimit;
    }

    /// <param name="limit">How many files the process may have open.</param>
    /// <param name="open">How many are open for what is no connection.</param>
    public static FileShares Of(long limit, long open)
    {
        var free = Math.Max(0, limit - open);
        var (applications, operators) = (free / 8, free / 16);
        // For the threads that a burst of work starts, the journal, and files that are read again.
        var process = Math.Min(64, free / 16);
        var beyondArms = limit - applications - operators - process;
        return new FileShares((beyondArms - open) / 3, applications, operators, beyondArms);
    }
}
