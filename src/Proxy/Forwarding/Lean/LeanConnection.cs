using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>
/// One connection to an upstream, with one exchange at a time. Between two exchanges a receive is under way already: if it ends before the
/// next request is sent, the server has closed the connection, and no system call is needed to find that out.
/// </summary>
/// <param name="age">How old it gets; infinite for no limit.</param>
internal sealed class LeanConnection(Socket socket, RequestWriter request, TimeSpan age) : IDisposable
{
    /// <summary>In bytes, as the limits below.</summary>
    private const int BufferSize = 16 * 1024;

    /// <summary>The longest response head, with the interim ones before it: SocketsHttpHandler's default.</summary>
    private const int MaxHead = 64 * 1024;

    /// <summary>The longest line inside a body: a chunk's size with its extensions, or a trailer.</summary>
    private const int MaxLine = 8 * 1024;

    /// <summary>The deadline of a connection whose exchange has been ended for it.</summary>
    private const long Expired = long.MinValue;

    private readonly long _oldAt = age == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)age.TotalMilliseconds;

    private byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    /// <summary>How many of the unread bytes have been searched for the end of a head, in vain.</summary>
    private int _searched;

    /// <summary>The bytes of the heads that were read for this request, interim ones included.</summary>
    private int _heads;

    /// <summary>The receive under way while the connection is idle.</summary>
    private ValueTask<int> _armed;
    private bool _isArmed;

    /// <summary>Until when it may be idle, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    private long _staleAt;

    /// <summary>In milliseconds of <see cref="Environment.TickCount64"/>; far off while nobody waits for the server.</summary>
    private long _deadline = long.MaxValue;
    private volatile bool _timedOut;

    /// <summary>Writes the next request's head.</summary>
    public RequestWriter Request => request;

    public ResponseHead Head { get; } = new();

    public BodyReader Body { get; } = new();

    /// <summary>When it was given back, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Not to be used again: the server has closed it, has sent something unasked, or is about to close it by its Keep-Alive header; or it
    /// is too old.</summary>
    public bool IsStale => _isArmed && (_armed.IsCompleted || Environment.TickCount64 > _staleAt);

    /// <summary>The activity time-out ended it.</summary>
    public bool HasTimedOut => _timedOut;

    /// <summary>The exchange has ended so that the connection can be used for another.</summary>
    public bool IsClean => Body.HasEnded && Head.KeepsAlive && Unread.IsEmpty && !_timedOut;

    /// <summary>Bytes of the current response have come.</summary>
    public bool HasHeard { get; private set; }

    public ReadOnlySpan<byte> Unread => UnreadMemory.Span;

    public ReadOnlyMemory<byte> UnreadMemory => _buffer.AsMemory(_start, _end - _start);

    private TimeSpan Patience { get; set; }

    public void Begin(TimeSpan patience)
    {
        Patience = patience;
        HasHeard = false;
        (_searched, _heads) = (0, 0);
        Touch();
    }

    /// <summary>Makes the connection idle, after a clean exchange.</summary>
    /// <returns>False if the activity time-out came at the last moment: the connection is about to be closed.</returns>
    public bool TryRest()
    {
        if (Interlocked.Exchange(ref _deadline, long.MaxValue) == Expired)
        {
            return false;
        }

        IdleSince = Environment.TickCount64;
        _staleAt = Head.MaxRest is { } most ? Math.Min(_oldAt, IdleSince + (long)most.TotalMilliseconds) : _oldAt;
        (_start, _end) = (0, 0);
        Head.Forget();
        if (_buffer.Length > BufferSize)
        {
            _buffer = new byte[BufferSize];
        }

#pragma warning disable CA2012 // Awaited once: by the next exchange, or by nobody.
        _armed = socket.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None);
#pragma warning restore CA2012
        _isArmed = true;
        return true;
    }

    /// <summary>Ends the exchange if the server has been waited for longer than the activity time-out; closing the connection is the caller's.</summary>
    /// <param name="now">In milliseconds of <see cref="Environment.TickCount64"/>.</param>
    public bool TryExpire(long now)
    {
        // An exchange that ends at this moment, and the connection's next one, must keep it.
        var deadline = Volatile.Read(ref _deadline);
        return now > deadline && Interlocked.CompareExchange(ref _deadline, Expired, deadline) == deadline && (_timedOut = true);
    }

    public ValueTask<int> SendAsync() => socket.SendAsync(request.Written, SocketFlags.None);

    /// <summary>Reads the response's head, and interim (1xx) ones before it, from what has been received.</summary>
    /// <returns>False if more must be received first.</returns>
    /// <exception cref="HttpRequestException">The head is malformed or too long.</exception>
    public bool TryReadHead()
    {
        do
        {
            var end = ResponseHead.EndOf(Unread, ref _searched);
            if (end == 0 && _heads + Unread.Length <= MaxHead)
            {
                return false;
            }

            if (end == 0 || _heads + end > MaxHead)
            {
                throw new HttpRequestException(
                    HttpRequestError.ConfigurationLimitExceeded, $"The response has a head of more than {MaxHead / 1024} KB.");
            }

            (_searched, _heads) = (0, _heads + end);
            Head.Read(Unread[..end]);
            Consume(end);
        }
        while (Head.IsInterim);
        return true;
    }

    public void Consume(int bytes) => _start += bytes;

    /// <summary>Receives more. The caller passes the result to <see cref="Took"/>, which saves a state machine around the socket's own.</summary>
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

    /// <exception cref="HttpRequestException">A line of the chunks or trailers is too long.</exception>
    public ValueTask<int> ReceiveOfBodyAsync() => Unread.Length <= MaxLine
        ? ReceiveAsync()
        : throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, $"The response has a line of more than {MaxLine / 1024} KB.");

    /// <param name="read">0 at the connection's end.</param>
    public void Took(int read)
    {
        HasHeard |= read > 0;
        _end += read;
    }

    /// <summary>Stops the activity time-out: the client is waited for, not the server.</summary>
    public void Pause() => SetDeadline(long.MaxValue);

    /// <summary>Starts the activity time-out anew.</summary>
    public void Touch() => SetDeadline(Environment.TickCount64 + (long)Patience.TotalMilliseconds);

    public void Dispose() => socket.Dispose();

    /// <summary>Not over the mark of an exchange that has been ended: its connection is about to be closed, and must not rest until then.</summary>
    private void SetDeadline(long at)
    {
        var seen = Volatile.Read(ref _deadline);
        if (seen != Expired)
        {
            Interlocked.CompareExchange(ref _deadline, at, seen);
        }
    }

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
