using System.Globalization;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>
/// The head of a response by RFC 9112, read as strictly as SocketsHttpHandler does: lines may end with LF alone and may be folded, and
/// there may be only one Content-Length, of one number.
/// </summary>
internal sealed class ResponseHead
{
    private const int FirstLines = 16;

    /// <summary>Lines of longer heads, in bytes, or of more lines are not kept for the next one: there may be a thousand connections.</summary>
    private const int MostKept = 4096;
    private const int MostLinesKept = 64;

    private HeaderLine?[] _lines = new HeaderLine?[FirstLines];
    private int _size;

    public int Status { get; private set; }

    public int Count { get; private set; }

    public HeaderLine this[int i] => _lines[i]!;

    public long? Length { get; private set; }

    public string? Coding { get; private set; }

    public string? ContentType { get; private set; }

    public string? GrpcStatus { get; private set; }

    /// <summary>The server takes another request on this connection.</summary>
    public bool KeepsAlive { get; private set; }

    /// <summary>How long the connection may be idle: the timeout of Keep-Alive, less a second since some close on the dot; null without one.</summary>
    public TimeSpan? MaxRest { get; private set; }

    public bool IsChunked => AnswerRules.IsOnly(Coding, "chunked");

    /// <summary>An interim response (1xx), before the actual one; a 101 is an actual one.</summary>
    public bool IsInterim => Status is >= 100 and < 200 && Status != StatusCodes.Status101SwitchingProtocols;

    public AnswerHead Answer => new(
        Status,
        Coding is null ? Length : null,
        Coding,
        ContentType,
        GrpcStatus,
        Status == StatusCodes.Status101SwitchingProtocols,
        false);

    /// <summary>The length of the head at the start of the bytes; 0 while its end has not come.</summary>
    /// <param name="from">Where to go on searching: 0 at first, then what the last call left.</param>
    public static int EndOf(ReadOnlySpan<byte> bytes, ref int from)
    {
        while (bytes[from..].IndexOf((byte)'\n') is >= 0 and var at)
        {
            var next = from + at + 1;
            var rest = bytes[next..];
            if (rest is [(byte)'\n', ..])
            {
                return next + 1;
            }

            if (rest is [(byte)'\r', (byte)'\n', ..])
            {
                return next + 2;
            }

            if (rest.IsEmpty || rest is [(byte)'\r'])
            {
                // The next bytes decide whether this line is followed by an empty one.
                return 0;
            }

            from = next;
        }

        return 0;
    }

    /// <param name="bytes">The whole head, up to and including the empty line.</param>
    /// <exception cref="HttpRequestException">It is malformed.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        (Count, Length, Coding, ContentType, GrpcStatus, MaxRest) = (0, null, null, null, null, null);
        _size = bytes.Length;
        ReadStatus(Line(ref bytes));
        var closes = !KeepsAlive;
        while (HeaderOf(ref bytes) is { Length: > 0 } line)
        {
            if (!IsInterim)
            {
                ReadHeader(line);
            }
            else if (!line.Contains((byte)':'))
            {
                // Nothing of an interim head is passed on, so its headers need only be headers.
                throw Invalid("a header without a name");
            }
        }

        for (var i = 0; i < Count; i++)
        {
            Understand(this[i], ref closes);
        }

        // Response smuggling: a reader that goes by the other length would find a second response behind this one.
        KeepsAlive = !closes && !(Coding is not null && Length is not null) && MaxRest is not { Ticks: <= 0 };
    }

    /// <summary>The connection comes to rest: what is unusually large is not held for as long as it does.</summary>
    public void Forget()
    {
        if (_size > MostKept || _lines.Length > MostLinesKept)
        {
            (_lines, Count) = (new HeaderLine?[FirstLines], 0);
        }
    }

    /// <summary>Reads a Keep-Alive header, like "timeout=5, max=100".</summary>
    private static TimeSpan? RestOf(ReadOnlySpan<char> keepAlive)
    {
        const string timeout = "timeout=";
        foreach (var range in keepAlive.Split(','))
        {
            var part = keepAlive[range].Trim();
            if (part.StartsWith(timeout, StringComparison.OrdinalIgnoreCase)
                && int.TryParse(part[timeout.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                return TimeSpan.FromSeconds(seconds - 1);
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> Line(ref ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n');
        var line = end < 0 ? bytes : bytes[..end];
        bytes = end < 0 ? default : bytes[(end + 1)..];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    /// <summary>A header with the lines that it is folded over: those behind its first that begin with a space.</summary>
    private static ReadOnlySpan<byte> HeaderOf(ref ReadOnlySpan<byte> bytes)
    {
        var all = bytes;
        var line = Line(ref bytes);
        if (line.IsEmpty || bytes is not [(byte)' ' or (byte)'\t', ..])
        {
            return line;
        }

        while (bytes is [(byte)' ' or (byte)'\t', ..])
        {
            Line(ref bytes);
        }

        return all[..^bytes.Length].TrimEnd("\r\n"u8);
    }

    private void ReadStatus(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || !char.IsAsciiDigit((char)line[7]) || line[8] != ' '
            || !int.TryParse(line[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out var status)
                || status < 100
                || (line.Length > 12 && line[12] != ' ')
                || line.ContainsAny((byte)'\r', (byte)'\0'))
        {
            throw Invalid("no status line of HTTP/1.1");
        }

        (Status, KeepsAlive) = (status, line[7] != '0');
    }

    private void ReadHeader(ReadOnlySpan<byte> line)
    {
        if (Count == _lines.Length)
        {
            Array.Resize(ref _lines, 2 * Count);
        }

        if (_lines[Count] is { } known && line.SequenceEqual(known.Bytes))
        {
            Count++;
            return;
        }

        var colon = line.IndexOf((byte)':');
        var name = colon < 0 ? default : line[..colon].TrimEnd(" \t"u8);
        if (!HeaderLine.IsToken(name))
        {
            throw Invalid("a header without a name");
        }

        _lines[Count++] = HeaderLine.Read(line, colon, System.Text.Encoding.Latin1.GetString(name));
    }

    private void Understand(HeaderLine header, ref bool closes)
    {
        switch (header.Kind)
        {
            case HeaderKind.Length:
                Length = Length is null && long.TryParse(header.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                    ? length
                    : throw Invalid("a Content-Length that is not one number, once");
                break;
            case HeaderKind.Coding:
                Coding = Coding is null ? header.Value : $"{Coding}, {header.Value}";
                break;
            case HeaderKind.Connection:
                closes = header.Value.Contains("close", StringComparison.OrdinalIgnoreCase)
                    || (closes && !header.Value.Contains("keep-alive", StringComparison.OrdinalIgnoreCase));
                break;
            case HeaderKind.KeepAlive:
                MaxRest ??= RestOf(header.Value);
                break;
            case HeaderKind.ContentType:
                ContentType ??= header.Value;
                break;
            case HeaderKind.GrpcStatus:
                GrpcStatus = GrpcStatus is null ? header.Value : $"{GrpcStatus}, {header.Value}";
                break;
            default:
                break;
        }
    }

    private static HttpRequestException Invalid(string what) => new(HttpRequestError.InvalidResponse, $"The response has {what}.");
}
