using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>
/// One connection to an upstream, and one exchange at a time on it. Between two of them a receive is under way already: one that ends
/// before the next request was sent tells that the server has closed, without a question to the system.
/// </summary>
internal sealed class LeanConnection(Socket socket, RequestWriter request) : IDisposable
{
    private const int BufferSize = 16 * 1024;

    /// <summary>Of a response head, as SocketsHttpHandler has it.</summary>
    private const int MaxHead = 64 * 1024;

    /// <summary>Of a chunk's size with its extensions, or a trailer.</summary>
    private const int MaxLine = 8 * 1024;

    private byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    /// <summary>Of the unread bytes: no head ends in so many of the first.</summary>
    private int _searched;

    private ValueTask<int> _armed;
    private bool _isArmed;
    private long _deadline = long.MaxValue;
    private volatile bool _timedOut;

    /// <summary>What is sent next.</summary>
    public RequestWriter Request => request;

    public ResponseHead Head { get; } = new();

    public BodyReader Body { get; } = new();

    /// <summary>When it was given back, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Something came, the end for instance, while nothing was asked; or it is about to.</summary>
    public bool IsStale =>
        _isArmed
            && (_armed.IsCompleted || (Head.MaxRest is { } most && Environment.TickCount64 - IdleSince > most.TotalMilliseconds));

    /// <summary>The activity time-out ended it.</summary>
    public bool HasTimedOut => _timedOut;

    /// <summary>The answer is over, and the next one begins with the next byte.</summary>
    public bool IsClean => Body.HasEnded && Head.KeepsAlive && Unread.IsEmpty && !_timedOut;

    /// <summary>Bytes of the current response have come.</summary>
    public bool HasHeard { get; private set; }

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    private TimeSpan Patience { get; set; }

    public void Begin(TimeSpan patience)
    {
        Patience = patience;
        HasHeard = false;
        _searched = 0;
        Touch();
    }

    /// <summary>The exchange is over and nothing is left of it.</summary>
    public void Rest()
    {
        Volatile.Write(ref _deadline, long.MaxValue);
        IdleSince = Environment.TickCount64;
        (_start, _end) = (0, 0);
#pragma warning disable CA2012 // Awaited once: by the next exchange, or by nobody.
        _armed = socket.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None);
#pragma warning restore CA2012
        _isArmed = true;
    }

    /// <summary>By the sweep.</summary>
    /// <returns>True if it waits for the server for too long.</returns>
    public bool IsOverdue(long now) => now > Volatile.Read(ref _deadline);

    public void TimeOut()
    {
        _timedOut = true;
        socket.Dispose();
    }

    public ValueTask<int> SendAsync() => socket.SendAsync(request.Written, SocketFlags.None);

    /// <summary>Reads the head of the answer, interim ones before it included, from what has come.</summary>
    /// <returns>False if it takes more: receive, and try again.</returns>
    /// <exception cref="HttpRequestException">What comes is no head, or too long for one.</exception>
    public bool TryReadHead()
    {
        do
        {
            var end = ResponseHead.EndOf(Unread, ref _searched);
            if (end == 0 && Unread.Length <= MaxHead)
            {
                return false;
            }

            if (end is 0 or > MaxHead)
            {
                throw new HttpRequestException(
                    HttpRequestError.ConfigurationLimitExceeded, $"The response has a head of more than {MaxHead / 1024} KB.");
            }

            _searched = 0;
            Head.Read(Unread[..end]);
            Consume(end);
        }
        while (Head.IsInterim);
        return true;
    }

    public void Consume(int bytes) => _start += bytes;

    /// <summary>Asks for more. No state machine around the socket's own: <see cref="Took"/> is told what came.</summary>
    public ValueTask<int> ReceiveAsync()
    {
        if (_isArmed)
        {
            _isArmed = false;
            return _armed;
        }

        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
        else if (_end == _buffer.Length)
        {
            MakeRoom();
        }

        return socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
    }

    /// <exception cref="HttpRequestException">More bytes than these may wait for what they belong to.</exception>
    public ValueTask<int> ReceiveOfBodyAsync() => Unread.Length <= MaxLine
        ? ReceiveAsync()
        : throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, $"The response has a line of more than {MaxLine / 1024} KB.");

    /// <param name="read">0 at the connection's end.</param>
    public void Took(int read)
    {
        HasHeard |= read > 0;
        _end += read;
    }

    /// <summary>It is the client that is waited for.</summary>
    public void Pause() => Volatile.Write(ref _deadline, long.MaxValue);

    /// <summary>The server has its whole time from now on.</summary>
    public void Touch() => Volatile.Write(ref _deadline, Environment.TickCount64 + (long)Patience.TotalMilliseconds);

    public void Dispose() => socket.Dispose();

    private void MakeRoom()
    {
        if (_start > 0)
        {
            Unread.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
    }
}
