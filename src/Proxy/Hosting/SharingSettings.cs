using System.Text.RegularExpressions;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing.Fleet;

namespace Snapback.Proxy.Hosting;

/// <summary>The section <c>Snapback:Sharing</c>: how this replica is one of a fleet.</summary>
internal static partial class SharingSettings
{
    /// <param name="connection">The Redis of the command line, which wins; null if none was given there.</param>
    /// <returns>Null if no Redis is named: the replica runs alone.</returns>
    public static FleetOptions? Read(IConfigurationSection section, string? connection, List<string> problems)
    {
        connection ??= section["Redis"];
        if (connection is null)
        {
            return null;
        }

        if (FleetOptions.Problem(connection) is { } problem)
        {
            problems.Add(
                $"--redis (or Snapback:Sharing:Redis): {problem} Give it as 'host:6379', with ',user=…,password=…,ssl=true' or ',serviceName=…' behind it where needed.");
        }

        var options = new FleetOptions(connection);
        return options with
        {
            Prefix = Prefix(section["Prefix"], options.Prefix, problems),
            StableAfter = StableAfter(section["OnIsolation"], problems),
            Proof = Proof(section["Proof"], problems),
        };
    }

    private static string Prefix(string? given, string otherwise, List<string> problems)
    {
        if (given is null || PrefixForm().IsMatch(given))
        {
            return given ?? otherwise;
        }

        problems.Add($"Snapback:Sharing:Prefix: '{given}' cannot name a fleet. Use up to 64 letters, digits, '-', '_' and ':'.");
        return otherwise;
    }

    private static TimeSpan? StableAfter(string? given, List<string> problems)
    {
        if (given is null or "hold")
        {
            return null;
        }

        if (given.StartsWith("stable after ", StringComparison.Ordinal)
            && Durations.TryParse(given["stable after ".Length..], out var after)
            && after > TimeSpan.Zero)
        {
            return after;
        }

        problems.Add($"Snapback:Sharing:OnIsolation: '{given}' is not known. Use 'hold', or 'stable after 60s' with a time of your choice.");
        return null;
    }

    private static int? Proof(string? given, List<string> problems)
    {
        if (given is null)
        {
            return null;
        }

        if (int.TryParse(given, out var servers) && servers is >= 0 and <= 10)
        {
            return servers;
        }

        problems.Add(
            $"Snapback:Sharing:Proof: '{given}' is no number of Redis servers. Use 0 to 10: how many besides the master must have a raise before it counts.");
        return null;
    }

    [GeneratedRegex("^[A-Za-z0-9:_-]{1,64}$")]
    private static partial Regex PrefixForm();
}
