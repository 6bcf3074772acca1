using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Headers that a Connection header names end at the next hop (RFC 9110, section 7.6.1), except those that nobody may
/// name. Of a request's list Kestrel keeps nothing else where keep-alive, close or upgrade stands in it: names beside these are not seen.
/// </summary>
internal static class HopByHop
{
    /// <summary>
    /// What routing, framing, authentication and caching stand on: an intermediary that let a client nominate these could be made to
    /// drop them. Upgrade is the forwarder's to carry on.
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
