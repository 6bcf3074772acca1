using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Headers that a Connection header names end at the next hop (RFC 9110, section 7.6.1), except those that nobody may
/// name. Where a request's Connection has keep-alive, close or upgrade in it, Kestrel drops the other names, so these cannot be seen here.
/// </summary>
internal static class HopByHop
{
    /// <summary>
    /// Headers that routing, framing, authentication and caching depend on: a client that could nominate them could make a proxy drop them.
    /// Upgrade is handled by the forwarder.
    /// </summary>
    private static readonly FrozenSet<string> NotNominatable = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Authorization", "Cookie", "Set-Cookie", "Forwarded", "Via", "Upgrade", "TE", "Trailer",
        "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Cache-Control", "Expect", "Location", "Date",
        "X-Real-IP", "Idempotency-Key", "Origin");

    public static void RemoveNominated(StringValues connection, IHeaderDictionary headers)
    {
        for (var i = 0; i < connection.Count; i++)
        {
            RemoveNominated(connection[i], headers);
        }
    }

    public static void RemoveNominated(string? connection, IHeaderDictionary headers)
    {
        if (connection is null
            || connection.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
            || connection.Equals("close", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        foreach (var part in connection.AsSpan().Split(','))
        {
            var name = connection.AsSpan(part).Trim().ToString();
            if (name.Length > 0 && IsNominatable(name))
            {
                headers.Remove(name);
            }
        }
    }

    private static bool IsNominatable(string name) =>
        !NotNominatable.Contains(name)
            && !OwnHeaders.StartsWith(name, OwnHeaders.Prefix)
            && !OwnHeaders.StartsWith(name, "x-forwarded-")
            && name[0] != ':';
}
