using System.Globalization;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>
/// What a client of HTTP/1.1 makes of the bytes it gets: the status and the body, with … behind a body that broke off; "nothing"
/// if the connection ended without a word.
/// </summary>
internal static class Heard
{
    public const string Nothing = "nothing";

    public static async Task<string> ByAsync(Wire wire, string request)
    {
        var hasBody = !request.StartsWith("HEAD ", StringComparison.Ordinal);
        var (text, ended) = await wire.ListenAsync(text => Read(text, false, hasBody) is not null);
        return Read(text, ended, hasBody) ?? Nothing;
    }

    /// <summary>The value of a header in what was heard; null without it.</summary>
    public static string? Header(string head, string name) =>
        head.Split("\r\n")
            .Skip(1)
            .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..]
            .Trim();

    /// <summary>Null while there may be more.</summary>
    private static string? Read(string text, bool ended, bool hasBody)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        var (head, body) = (text[..end], text[(end + 4)..]);
        var status = int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture);
        if (status is 100 or 102 or 103)
        {
            return Read(body, ended, hasBody) is { } final ? $"{status} {final}" : ended ? $"{status}" : null;
        }

        if (!hasBody || status is 204 or 304)
        {
            return $"{status}";
        }

        if (status == 101)
        {
            return ended ? $"{status} {body}".Trim() : null;
        }

        var (said, whole) = Header(head, "transfer-encoding") is not null ? Chunked(body) : Counted(body, Header(head, "content-length"), ended);
        return whole || ended ? $"{status} {said}{(whole ? "" : "…")}".Trim() : null;
    }

    private static (string, bool) Counted(string body, string? length, bool ended) =>
        length is null ? (body, ended)
            : int.Parse(length, CultureInfo.InvariantCulture) is var bytes && body.Length >= bytes ? (body[..bytes], true)
            : (body, false);

    private static (string, bool) Chunked(string body)
    {
        var said = "";
        while (body.IndexOf("\r\n", StringComparison.Ordinal) is >= 0 and var line)
        {
            var size = int.Parse(body[..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body = body[(line + 2)..];
            if (size == 0)
            {
                return (said, true);
            }

            said += body[..Math.Min(size, body.Length)];
            body = body.Length < size + 2 ? "" : body[(size + 2)..];
        }

        return (said, false);
    }
}
