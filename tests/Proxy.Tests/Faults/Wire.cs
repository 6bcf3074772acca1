using System.Net.Sockets;
using System.Text;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>One TCP connection, either end of it, with no library between it and the test. Text is Latin-1: a character is a byte.</summary>
internal sealed class Wire(Socket socket, bool isServers = false, Action<string>? heard = null) : IDisposable
{
    /// <summary>No Latin-1. In a text to be sent: what is before it leaves alone, and what is after it a moment later.</summary>
    public const char Pause = '‖';

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// No client waits longer. A server's end stays as long as the proxy keeps it: closed under a request, it would be a
    /// fault of its own.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly byte[] _chunk = new byte[32 * 1024];
    private readonly CancellationTokenSource _patience = new(isServers ? Timeout.InfiniteTimeSpan : Patience);
    private readonly MemoryStream _unread = new();

    public static async Task<Wire> OpenAsync(int port, int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
        {
            socket.ReceiveBufferSize = size;
        }

        await socket.ConnectAsync(System.Net.IPAddress.Loopback, port);
        return new Wire(socket);
    }

    public async Task SendAsync(string text)
    {
        foreach (var (part, i) in text.Split(Pause).Select((part, i) => (part, i)))
        {
            if (i > 0)
            {
                await Task.Delay(Moment);
            }

            await SendAsync(Encoding.Latin1.GetBytes(part));
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, _patience.Token)..];
        }
    }

    /// <summary>Up to and with the blank line; null at the end of the connection.</summary>
    public async Task<string?> HeadAsync()
    {
        int end;
        while ((end = Unread.IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await MoreAsync())
            {
                return null;
            }
        }

        var head = Encoding.Latin1.GetString(await TakeAsync(end + 4) ?? []);
        heard?.Invoke(head);
        return head;
    }

    /// <summary>Null if the connection ends before.</summary>
    public async Task<byte[]?> TakeAsync(int count)
    {
        while (Unread.Length < count)
        {
            if (!await MoreAsync())
            {
                return null;
            }
        }

        var taken = Unread[..count].ToArray();
        var rest = Unread[count..].ToArray();
        _unread.SetLength(0);
        _unread.Write(rest);
        return taken;
    }

    /// <summary>All that comes until it makes sense, or until the other end has nothing more to say.</summary>
    public async Task<(string Text, bool Ended)> ListenAsync(Func<string, bool> isWhole)
    {
        while (!isWhole(Encoding.Latin1.GetString(Unread)))
        {
            if (!await MoreAsync())
            {
                return (Encoding.Latin1.GetString(Unread), true);
            }
        }

        return (Encoding.Latin1.GetString(Unread), false);
    }

    /// <summary>Until the other end closes.</summary>
    public async Task DrainAsync()
    {
        while (await MoreAsync())
        {
            _unread.SetLength(0);
        }
    }

    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose()
    {
        socket.Dispose();
        _patience.Dispose();
    }

    private ReadOnlySpan<byte> Unread => _unread.GetBuffer().AsSpan(0, (int)_unread.Length);

    private async Task<bool> MoreAsync()
    {
        try
        {
            var read = await socket.ReceiveAsync(_chunk, _patience.Token);
            _unread.Write(_chunk, 0, read);
            return read > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
