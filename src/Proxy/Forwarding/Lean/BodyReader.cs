using System.Globalization;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>Takes the content of a response out of the bytes that a connection brings: to its length, out of its chunks, or until
/// it closes.</summary>
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

    private readonly List<KeyValuePair<string, string>> _trailers = [];
    private State _state;
    private long _left;

    /// <summary>The next response begins with the next byte, if there is one.</summary>
    public bool HasEnded => _state == State.Ended;

    /// <summary>The next byte is content.</summary>
    public bool IsAtContent => _state is State.Length or State.Chunk or State.UntilClose;

    /// <summary>Its end is the connection's.</summary>
    public bool EndsWithConnection => _state == State.UntilClose;

    public IReadOnlyList<KeyValuePair<string, string>> Trailers => _trailers;

    /// <summary>All of them, as <see cref="Observing.GrpcStatus.In"/> has them.</summary>
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

    /// <param name="isHead">The answer to a HEAD, which has none whatever it says.</param>
    public void Begin(ResponseHead head, bool isHead)
    {
        _trailers.Clear();
        _left = head.Length ?? 0;
        _state = isHead || head.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified ? State.Ended
            : head.IsChunked ? State.ChunkSize
            : head.Coding is not null || head.Length is null ? State.UntilClose
            : _left == 0 ? State.Ended
            : State.Length;
    }

    /// <summary>One step.</summary>
    /// <param name="unread">What the connection has brought.</param>
    /// <param name="content">What of it is content: nothing where it is framing.</param>
    /// <returns>How many bytes are done with; 0 if it needs more.</returns>
    /// <exception cref="HttpRequestException">The chunks are none.</exception>
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
                // As in a head: LF alone ends it too.
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
        if (digits.TrimStart((byte)'0').Length > 15
            || !long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left))
        {
            throw Invalid("a chunk without a size");
        }

        _state = _left == 0 ? State.Trailers : State.Chunk;
    }

    private void Trailer(ReadOnlySpan<byte> line)
    {
        const int most = 100;
        var colon = line.IndexOf((byte)':');
        if (line.IsEmpty)
        {
            _state = State.Ended;
            return;
        }

        if (line[0] is (byte)' ' or (byte)'\t' && _trailers is [.., var before])
        {
            _trailers[^1] = new(before.Key, $"{before.Value} {HeaderLine.Text(line)}");
            return;
        }

        var token = colon < 0 ? default : line[..colon].TrimEnd(" \t"u8);
        if (_trailers.Count == most || !HeaderLine.IsToken(token))
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
