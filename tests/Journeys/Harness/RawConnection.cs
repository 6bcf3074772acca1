using System.Net.Sockets;
using System.Text;

namespace Snapback.Journeys.Harness;

internal sealed record RawAnswer(int Status, string Head, string Body);

/// <summary>A client that sends any bytes and decides itself when to hang up: no library between it and the wire.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 * 1024];

    public static async Task<RawConnection> OpenAsync(Uri to)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(IPAddress.Loopback, to.Port);
        return connection;
    }

    /// <summary>One exchange on a connection of its own.</summary>
    public static async Task<RawAnswer> AskAsync(Uri to, string request)
    {
        using var connection = await OpenAsync(to);
        return await connection.ExchangeAsync(request);
    }

    public static string Get(string path, string host = "localhost") => $"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n";

    public async Task<RawAnswer> ExchangeAsync(string request)
    {
        await SendAsync(request);
        return await ReadAsync();
    }

    /// <summary>As Latin-1, so that a character below 256 is the byte it looks like.</summary>
    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Nothing more will be said from here; the answer may still be read.</summary>
    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>A TCP reset: the client is gone.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <summary>One answer to its end; status 0 if the connection ended before any.</summary>
    public Task<RawAnswer> ReadAsync() => ReadAsync(headOnly: false);

    /// <summary>As much of an answer as a client needs to know that it failed; the connection is of no use afterwards.</summary>
    public Task<RawAnswer> ReadHeadAsync() => ReadAsync(headOnly: true);

    public void Dispose() => _socket.Dispose();

    private async Task<RawAnswer> ReadAsync(bool headOnly)
    {
        using var limit = new CancellationTokenSource(Eventually.Patience);
        var filled = 0;
        while (true)
        {
            if (Whole(Encoding.Latin1.GetString(_buffer, 0, filled), headOnly) is { } answer)
            {
                return answer;
            }

            int read;
            try
            {
                read = await _socket.ReceiveAsync(_buffer.AsMemory(filled), limit.Token);
            }
            catch (SocketException)
            {
                read = 0;
            }

            if (read == 0)
            {
                return Whole(Encoding.Latin1.GetString(_buffer, 0, filled), ended: true) ?? new RawAnswer(0, "", "");
            }

            filled += read;
        }
    }

    private static RawAnswer? Whole(string text, bool ended)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        var (head, body) = (text[..end], text[(end + 4)..]);
        var length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)) is { } line
            ? int.Parse(line["content-length:".Length..])
            : (int?)null;
        var whole = ended || (length is { } bytes ? body.Length >= bytes : body.EndsWith("0\r\n\r\n", StringComparison.Ordinal));
        return whole ? new RawAnswer(int.Parse(head.Split(' ')[1]), head, body) : null;
    }
}
