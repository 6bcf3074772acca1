using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Snapback.LoadTests.Load;

/// <summary>How an origin fails from the next request on.</summary>
internal enum Fault
{
    None,
    Error500,
    Refused,
    Reset,

    /// <summary>Promises a body and closes before its first byte.</summary>
    ZeroBody,

    /// <summary>Reads, and never says a word.</summary>
    Hang,
}

/// <summary>
/// An HTTP/1.1 origin on raw sockets that can fail in ways no decent server can be told to, and counts how often it saw each request,
/// by the number in the header x-id.
/// </summary>
internal sealed class FaultyOrigin : IAsyncDisposable
{
    private static readonly byte[] Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();
    private static readonly byte[] Bad = "HTTP/1.1 500 Broken\r\nContent-Length: 2\r\n\r\nno"u8.ToArray();
    private static readonly byte[] Empty = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"u8.ToArray();

    private readonly int[] _seen;
    private readonly HashSet<Socket> _open = [];
    private readonly IPEndPoint _endPoint;
    private Socket? _listener;
    private volatile Fault _fault;

    /// <param name="ids">Requests are numbered below this.</param>
    public FaultyOrigin(int ids)
    {
        _seen = new int[ids];
        _listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _endPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _ = AcceptAsync(_listener);
    }

    public string Address => $"http://{_endPoint}";

    public int Seen(int id) => Volatile.Read(ref _seen[id]);

    public Fault Fault
    {
        get => _fault;
        set
        {
            _fault = value;
            if (value == Fault.Refused)
            {
                Close();
            }
            else if (_listener is null)
            {
                _listener = Listen(_endPoint);
                _ = AcceptAsync(_listener);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private static Socket Listen(IPEndPoint at)
    {
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(at);
        listener.Listen(4096);
        return listener;
    }

    private void Close()
    {
        _listener?.Dispose();
        _listener = null;
        lock (_open)
        {
            foreach (var socket in _open)
            {
                socket.Dispose();
            }

            _open.Clear();
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync();
                socket.NoDelay = true;
                lock (_open)
                {
                    _open.Add(socket);
                }

                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            var buffer = new byte[8192];
            for (var filled = 0; ;)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
                if (read == 0)
                {
                    break;
                }

                filled += read;
                while (Request(buffer.AsSpan(0, filled), out var length, out var id))
                {
                    buffer.AsSpan(length, filled - length).CopyTo(buffer);
                    filled -= length;
                    Interlocked.Increment(ref _seen[id]);
                    if (!await AnswerAsync(socket))
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The proxy hung up, or this origin was closed.
        }
        finally
        {
            lock (_open)
            {
                _open.Remove(socket);
            }

            socket.Dispose();
        }
    }

    private async Task<bool> AnswerAsync(Socket socket)
    {
        switch (_fault)
        {
            case Fault.Hang:
                await socket.ReceiveAsync(new byte[1].AsMemory());
                return false;
            case Fault.Reset:
                socket.LingerState = new LingerOption(true, 0);
                return false;
            case Fault.ZeroBody:
                await socket.SendAsync(Empty);
                return false;
            case Fault.Error500:
                await socket.SendAsync(Bad);
                return true;
            default:
                await socket.SendAsync(Good);
                return true;
        }
    }

    /// <summary>A whole request with a body of a known length.</summary>
    private static bool Request(ReadOnlySpan<byte> bytes, out int length, out int id)
    {
        (length, id) = (0, 0);
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        length = head + 4 + Number(bytes[..head], "\r\nContent-Length: "u8);
        id = Number(bytes[..head], "\r\nx-id: "u8);
        return bytes.Length >= length;
    }

    private static int Number(ReadOnlySpan<byte> head, ReadOnlySpan<byte> header)
    {
        var at = head.IndexOf(header);
        return at >= 0 && Utf8Parser.TryParse(head[(at + header.Length)..], out int number, out _) ? number : 0;
    }
}
