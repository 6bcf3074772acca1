using System.Buffers;
using System.Globalization;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Checks a request's Host. SocketsHttpHandler sends a Host that it cannot parse, and the destination's own in addition: two servers on
/// the way could then take the request for different sites.
/// </summary>
internal static class HostName
{
    /// <summary>In characters: the longest name that DNS has (RFC 1035, 2.3.4).</summary>
    private const int Longest = 255;
    private const string Forwarded = "X-Forwarded-Host";
    private const string Punycode = "xn--";

    private static readonly SearchValues<char> OfName = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    /// <summary>Null if the Host is absent, or valid to every server; an empty one, which HTTP allows, is removed.</summary>
    /// <param name="trusted">The peer's X-Forwarded-Host will replace the Host, and is checked too: it may be a stranger's, passed on.</param>
    public static string? Problem(HttpRequest request, bool trusted)
    {
        if (request.Headers.Host is [{ } host])
        {
            if (host.Length == 0)
            {
                request.Headers.Host = default;
            }
            else if (!IsRead(host))
            {
                return Refusal("Host", host);
            }
        }

        return trusted && request.Headers.TryGetValue(Forwarded, out var hosts) && hosts.ToString() is var list && !AreRead(list)
            ? Refusal(Forwarded, list)
            : null;
    }

    private static string Refusal(string header, string value) =>
        $"The {header} '{value}' is no name, no address, or has no port that there is. Write the name that the request is for.";

    private static bool AreRead(ReadOnlySpan<char> list)
    {
        foreach (var range in list.Split(','))
        {
            if (!IsRead(list[range].Trim()))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsRead(ReadOnlySpan<char> host) => IsPlain(host) || IsOfUri(host.ToString());

    /// <summary>A plain name or IPv4 address, as nearly all are: valid without the cost of a parser.</summary>
    private static bool IsPlain(ReadOnlySpan<char> host)
    {
        var colon = host.LastIndexOf(':');
        var name = colon < 0 ? host : host[..colon];
        return name.Length is > 0 and <= Longest
            && name[0] != '.'
            && !name.ContainsAnyExcept(OfName)
            && !name.Contains("..", StringComparison.Ordinal)
            && !name.Contains(Punycode, StringComparison.OrdinalIgnoreCase)
            && (colon < 0 || ushort.TryParse(host[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }

    /// <summary>Valid to all that parse it on the way to an upstream: SocketsHttpHandler, Kestrel, and YARP for X-Forwarded-Host.</summary>
    private static bool IsOfUri(string host)
    {
        try
        {
            return Uri.TryCreate($"http://u@{host}/", UriKind.Absolute, out _) && HostString.FromUriComponent(host).ToUriComponent().Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
