using System.Globalization;

namespace Snapback.Proxy.Forwarding;

/// <summary>The first file numbers that are not for a connection of each kind: the kinds are out of files one after the other.</summary>
internal readonly record struct FileShares(long BeyondClients, long BeyondArms, long BeyondApplications, long BeyondOperators)
{
    private static readonly FileShares NoLimit = new(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue);

    /// <summary>No limit where it cannot be read: not every system and sandbox shows it, and without a free file nothing can be read.</summary>
    public static FileShares Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? Of(Limit(), Directory.EnumerateFileSystemEntries("/proc/self/fd").Count()) : NoLimit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NoLimit;
        }
    }

    /// <param name="limit">How many files the process may have open.</param>
    /// <param name="open">How many are open for what is no connection.</param>
    public static FileShares Of(long limit, long open)
    {
        var free = Math.Max(0, limit - open);
        // 64: for the threads that a burst of work starts, the journal, and files that are read again.
        var beyondOperators = limit - Math.Min(64, free / 16);
        var beyondApplications = beyondOperators - Math.Min(256, free / 16);
        var beyondArms = beyondApplications - Math.Min(1_024, free / 16);
        return new FileShares(beyondArms - (beyondArms - open) / 4, beyondArms, beyondApplications, beyondOperators);
    }

    private static long Limit()
    {
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return long.TryParse(line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3), CultureInfo.InvariantCulture, out var limit)
            ? limit
            : long.MaxValue;
    }
}
