namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>What a header of a response is to the proxy.</summary>
internal enum HeaderKind
{
    Passed,
    Length,
    Coding,
    Connection,
    ContentType,
    GrpcStatus,
    KeepAlive,

    /// <summary>Any other header of this hop, which is not passed on.</summary>
    Hop,
}

/// <summary>
/// One header of a response, with the bytes it was read from: a server sends nearly the same headers each time, and equal bytes need no
/// parsing.
/// </summary>
internal sealed record HeaderLine(byte[] Bytes, string Name, string Value, HeaderKind Kind)
{
    public static HeaderLine Read(ReadOnlySpan<byte> line, int colon, string name)
    {
        var value = Text(line[(colon + 1)..]);
        return new HeaderLine(line.ToArray(), name, value, KindOf(name));
    }

    public static bool IsToken(ReadOnlySpan<byte> name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && !"!#$%&'*+-.^_`|~"u8.Contains(letter))
            {
                return false;
            }
        }

        return !name.IsEmpty;
    }

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = System.Text.Encoding.Latin1.GetString(bytes.Trim(" \t\r\n"u8));
        // As SocketsHttpHandler does: a character that could end the line for another reader becomes a space, and so does a fold.
        return text.AsSpan().ContainsAny('\r', '\n', '\0') ? text.Replace('\r', ' ').Replace('\n', ' ').Replace('\0', ' ') : text;
    }

    private static HeaderKind KindOf(string name)
    {
        bool Is(string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
        return Is("Content-Length") ? HeaderKind.Length
            : Is("Transfer-Encoding") ? HeaderKind.Coding
            : Is("Connection") ? HeaderKind.Connection
            : Is("Content-Type") ? HeaderKind.ContentType
            : Is(Observing.GrpcStatus.Header) ? HeaderKind.GrpcStatus
            : Is("Keep-Alive") ? HeaderKind.KeepAlive
            : HopHeaders.Contains(name) ? HeaderKind.Hop
            : HeaderKind.Passed;
    }
}
