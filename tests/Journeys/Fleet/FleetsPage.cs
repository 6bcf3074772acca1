using System.Runtime.CompilerServices;

namespace Snapback.Journeys.Fleet;

/// <summary>What docs/fleet.md says an operator has to grant.</summary>
internal static class FleetsPage
{
    /// <param name="cluster">With the rule that a cluster needs besides.</param>
    public static IEnumerable<string> Granted(bool cluster = false, [CallerFilePath] string here = "")
    {
        var lines = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/fleet.md"));
        string Rules(string begin) => lines.Single(line => line.StartsWith(begin, StringComparison.Ordinal));
        return (cluster ? $"{Rules("~snapback:*")} {Rules("+cluster")}" : Rules("~snapback:*")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
