using System.Runtime.CompilerServices;

namespace Snapback.Journeys.Fleet;

/// <summary>What docs/fleet.md says an operator has to grant.</summary>
internal static class FleetsPage
{
    /// <param name="cluster">With the rule that a cluster needs besides.</param>
    public static IEnumerable<string> Granted(bool cluster = false, [CallerFilePath] string here = "")
    {
        var lines = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/fleet.md"));
        var rules = lines.Single(line => line.StartsWith("~snapback:*", StringComparison.Ordinal));
        return (cluster ? $"{rules} {lines.Single(line => line.StartsWith("+cluster", StringComparison.Ordinal))}" : rules).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
