using System.Globalization;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>How this replica shares its rollouts through Redis.</summary>
/// <param name="Connection">
/// As StackExchange.Redis takes it: <c>host:port,password=…,user=…,ssl=true</c>, or with <c>serviceName=…</c> the sentinels.
/// </param>
public sealed record FleetOptions(string Connection)
{
    /// <summary>What is wrong with a connection, in one sentence; null if it can be used.</summary>
    public static string? Problem(string connection)
    {
        // Whatever stands behind a setting may be the rest of a password with a comma in it, and is not repeated.
        var parts = connection.Split(',', StringSplitOptions.TrimEntries);
        foreach (var server in parts.TakeWhile(IsServer))
        {
            if (ProblemOfServer(server) is { } problem)
            {
                return problem;
            }
        }

        // It would be asked as a server, and stand as one in the log.
        if (parts.SkipWhile(part => !part.StartsWith("password=", StringComparison.OrdinalIgnoreCase)).Any(part => part.Length > 0 && IsServer(part)))
        {
            return "behind the password stands a part without '='. Servers come first, and a password has no comma.";
        }

        try
        {
            return RedisLink.Options(connection, "").EndPoints.Count > 0 ? null : "it names no server.";
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // The message may repeat the part that it does not like; the connection itself may hold a password and is not said.
            return e.Message.Split('\n', '(')[0].Trim().TrimEnd('.') + ".";
        }
    }

    /// <summary>Several fleets may live in one Redis; each has its own.</summary>
    public string Prefix { get; init; } = "snapback";

    /// <summary>
    /// How long a replica that cannot hear the fleet keeps its canary's weight; null for as long as it takes. Its own judge and its
    /// own operator can lower it all the while.
    /// </summary>
    public TimeSpan? StableAfter { get; init; }

    /// <summary>Redis servers besides the master that must have a raise before it counts; null for one as soon as any was ever seen.</summary>
    public int? Proof { get; init; }

    private static bool IsServer(string part) => !part.Contains('=', StringComparison.Ordinal);

    private static string? ProblemOfServer(string server)
    {
        if (server.Contains("://", StringComparison.Ordinal))
        {
            return "it is a URL, and these are not read.";
        }

        if (server.Contains('@', StringComparison.Ordinal))
        {
            // Before it may stand a password.
            return "a server's name has no '@', and URLs are not read.";
        }

        // An IPv6 address without brackets has no port behind it.
        var host = server.StartsWith('[') ? server.IndexOf(']', StringComparison.Ordinal) + 1 : server.IndexOf(':', StringComparison.Ordinal);
        var isAddress = host < 0 || host == server.Length || (!server.StartsWith('[') && server.IndexOf(':', host + 1) >= 0);
        if (isAddress)
        {
            return server.Length > 0 && server.All(char.IsAsciiDigit) ? $"'{server}' is a number and no host." : null;
        }

        var port = server[host..].TrimStart(':');
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65535
            ? null
            : $"'{port}' is no port: a port is a number from 1 to 65535.";
    }
}
