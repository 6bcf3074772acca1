using System.Buffers;
using System.Globalization;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Whose Host a request names. One that the framework's client cannot read it sends, and the destination's own beside it: two servers
/// would then not mean the same by the request.
/// </summary>
internal static class HostName
{
    private const int Longest = 255;
    private const string Forwarded = "X-Forwarded-Host";
    private const string Punycode = "xn--";

    private static readonly SearchValues<char> OfName = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    /// <summary>Null if every server reads the same, or if there is none; an empty one, which HTTP allows, is none from here on.</summary>
    /// <param name="trusted">X-Forwarded-Host will be the Host: a trusted proxy's word, and a stranger's to that proxy.</param>
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

    /// <summary>Nearly all are, and need nobody's reader.</summary>
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

    /// <summary>By those that read it on the way to an upstream: the framework's client, its server, and YARP for X-Forwarded-Host.</summary>
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
