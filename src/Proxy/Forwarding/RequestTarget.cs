using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Forwarding;

/// <summary>The path and the query as the client wrote them.</summary>
internal static class RequestTarget
{
    private static readonly SearchValues<char> Suspects = SearchValues.Create("%\\");

    /// <summary>The characters allowed in a target: for some servers a space or a control byte ends the target or the line, and '#' the path.</summary>
    public static SearchValues<char> Letters { get; } = SearchValues.Create(
        [.. Enumerable.Range(0x21, 0x7E - 0x21 + 1).Select(letter => (char)letter).Where(letter => letter != '#')]);

    /// <summary>The path as it was sent, of the origin or the absolute form (RFC 9112, 3.2); empty for the asterisk form.</summary>
    public static ReadOnlySpan<char> RawPath(HttpContext context)
    {
        var target = context.Features.Find<IHttpRequestFeature>()!.RawTarget.AsSpan();
        var query = target.IndexOf('?');
        target = query < 0 ? target : target[..query];
        if (target is ['/', ..])
        {
            return target;
        }

        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (authority < 0)
        {
            return default;
        }

        var rest = target[(authority + 3)..];
        var slash = rest.IndexOf('/');
        return slash < 0 ? "/" : rest[slash..];
    }

    /// <summary>A refusal for a path or query with a character at which some servers would end it; null if there is none.</summary>
    public static string? Truncation(HttpContext context)
    {
        var target = context.Features.Find<IHttpRequestFeature>()!.RawTarget.AsSpan();
        return target.IndexOfAnyExcept(Letters) is >= 0 and var at
            ? $"The target has {(target[at] == '#' ? "a '#'" : $"the byte 0x{(int)target[at]:X2}")}, " +
                $"at which some servers end it. Write %{(int)target[at]:X2}."
            : null;
    }

    /// <summary>
    /// The path is passed on as it was written, and was routed as it reads after decoding. A refusal for one that an upstream could resolve
    /// to another path than was routed; null if it is not ambiguous.
    /// </summary>
    public static string? Ambiguity(ReadOnlySpan<char> path, bool slashesPass)
    {
        if (!path.ContainsAny(Suspects) && !path.Contains("/.", StringComparison.Ordinal))
        {
            return null;
        }

        if (path.Contains('\\'))
        {
            return @"The path has a '\', which some servers read as '/'. Write %2F or '/'.";
        }

        if (!slashesPass && (path.Contains("%2f", StringComparison.OrdinalIgnoreCase) || path.Contains("%5c", StringComparison.OrdinalIgnoreCase)))
        {
            return "The path has an encoded slash, which was not routed as one. If the upstreams expect it, set Snapback:EncodedSlashes to pass.";
        }

        return HasDotSegment(path) ? "The path has a segment '.' or '..', which not all servers read alike. Write the path without it." : null;
    }

    /// <summary>
    /// True if a segment is '.' or '..', in any encoding, between slashes or backslashes. Servlet containers take one out together with what follows a
    /// ';' in it.
    /// </summary>
    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        var dots = 0;
        var isDots = true;
        for (var i = 0; i < path.Length;)
        {
            var (letter, length) = Decode(path[i..]);
            i += length;
            if (letter is '/' or '\\' or ';')
            {
                if (isDots && dots is (1 or 2))
                {
                    return true;
                }

                (dots, isDots) = (0, letter != ';');
            }
            else if (letter == '.')
            {
                dots++;
            }
            else
            {
                isDots = false;
            }
        }

        return isDots && dots is (1 or 2);
    }

    private static (char Letter, int Length) Decode(ReadOnlySpan<char> rest) =>
        rest is ['%', var high, var low, ..] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low)
            ? ((char)int.Parse(rest[1..3], System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture), 3)
            : (rest[0], 1);
}
