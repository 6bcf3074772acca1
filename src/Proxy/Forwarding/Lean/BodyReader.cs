using System.Globalization;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>
/// Takes a response's content out of the bytes of a connection (RFC 9112, 6.3 and 7.1): by its length, out of its chunks, or until the
/// connection closes.
/// </summary>
internal sealed class BodyReader
{
    private enum State
    {
        Length,
        UntilClose,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailers,
        Ended,
    }

    /// <summary>Of trailers, whether they are new ones, folded, or dropped: who sends more may never stop.</summary>
    private const int MaxTrailerLines = 100;

    /// <summary>A chunk's size in hexadecimal digits: what fits a long.</summary>
    private const int MaxSizeDigits = 15;

    private readonly List<KeyValuePair<string, string>> _trailers = [];
    private State _state;
    private int _trailerLines;

    /// <summary>Bytes of the body or of the chunk that are still to come.</summary>
    private long _left;

    /// <summary>The body is over, and the next byte is the next response's.</summary>
    public bool HasEnded => _state == State.Ended;

    /// <summary>The next byte is content.</summary>
    public bool IsAtContent => _state is State.Length or State.Chunk or State.UntilClose;

    /// <summary>The body ends when the connection does.</summary>
    public bool EndsWithConnection => _state == State.UntilClose;

    public IReadOnlyList<KeyValuePair<string, string>> Trailers => _trailers;

    /// <summary>The grpc-status trailers, joined by commas as <see cref="Observing.GrpcStatus.In"/> does; null without one.</summary>
    public string? GrpcStatus
    {
        get
        {
            string? status = null;
            foreach (var (name, value) in _trailers)
            {
                if (name.Equals(Observing.GrpcStatus.Header, StringComparison.OrdinalIgnoreCase))
                {
                    status = status is null ? value : $"{status}, {value}";
                }
            }

            return status;
        }
    }

    /// <param name="isHead">The request was a HEAD: its response has no body, whatever its headers say.</param>
    public void Begin(ResponseHead head, bool isHead)
    {
        _trailers.Clear();
        _trailerLines = 0;
        _left = head.Length ?? 0;
        _state = isHead || head.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified ? State.Ended
            : head.IsChunked ? State.ChunkSize
            // A coding other than chunked is "identity", which says nothing: any other was refused with its head.
            : head.Length is null ? State.UntilClose
            : _left == 0 ? State.Ended
            : State.Length;
    }

    /// <summary>Reads the next piece: content, or one element of the framing around it.</summary>
    /// <param name="unread">What the connection has brought and nobody has consumed.</param>
    /// <param name="content">The content at its start; empty if framing was read.</param>
    /// <returns>How many bytes were consumed; 0 if more must come first.</returns>
    /// <exception cref="HttpRequestException">The chunks or trailers are malformed.</exception>
    public int Step(ReadOnlySpan<byte> unread, out ReadOnlySpan<byte> content)
    {
        content = default;
        switch (_state)
        {
            case State.UntilClose:
                content = unread;
                return unread.Length;
            case State.Length:
            case State.Chunk:
                content = unread[..(int)Math.Min(unread.Length, _left)];
                _left -= content.Length;
                _state = _left > 0 ? _state : _state == State.Chunk ? State.ChunkEnd : State.Ended;
                return content.Length;
            case State.ChunkEnd:
                return unread is [] or [(byte)'\r'] ? 0
                    : unread is [(byte)'\n', ..] ? Then(State.ChunkSize, 1)
                    : unread is [(byte)'\r', (byte)'\n', ..] ? Then(State.ChunkSize, 2)
                    : throw Invalid("a chunk that goes on behind its end");
            case State.ChunkSize:
            case State.Trailers:
                // As in a head, LF alone ends a line too (RFC 9112, 2.2).
                var end = unread.IndexOf((byte)'\n');
                if (end < 0)
                {
                    return 0;
                }

                var line = unread[..end] is [.. var text, (byte)'\r'] ? text : unread[..end];
                if (_state == State.ChunkSize)
                {
                    Size(line);
                }
                else
                {
                    Trailer(line);
                }

                return end + 1;
            default:
                return 0;
        }
    }

    private void Size(ReadOnlySpan<byte> line)
    {
        var extension = line.IndexOf((byte)';');
        var digits = (extension < 0 ? line : line[..extension]).TrimEnd(" \t"u8);
        if (digits.TrimStart((byte)'0').Length > MaxSizeDigits
            || !long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left))
        {
            throw Invalid("a chunk without a size");
        }

        _state = _left == 0 ? State.Trailers : State.Chunk;
    }

    private void Trailer(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (line.IsEmpty)
        {
            _state = State.Ended;
            return;
        }

        if (++_trailerLines > MaxTrailerLines)
        {
            throw Invalid($"more than {MaxTrailerLines} lines of trailers");
        }

        if (line[0] is (byte)' ' or (byte)'\t' && _trailers is [.., var before])
        {
            _trailers[^1] = new(before.Key, $"{before.Value} {HeaderLine.Text(line)}");
            return;
        }

        var token = colon < 0 ? default : line[..colon].TrimEnd(" \t"u8);
        if (!HeaderLine.IsToken(token))
        {
            throw Invalid("a trailer that is none");
        }

        var name = System.Text.Encoding.Latin1.GetString(token);
        if (!HopHeaders.Contains(name) && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
        {
            _trailers.Add(new(name, HeaderLine.Text(line[(colon + 1)..])));
        }
    }

    private int Then(State state, int done)
    {
        _state = state;
        return done;
    }

    private static HttpRequestException Invalid(string what) => new(HttpRequestError.InvalidResponse, $"The response has {what}.");
}
