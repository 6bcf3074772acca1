using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>Sends as many bytes as its path asks for, and takes any upload to its end.</summary>
internal sealed class Endless : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public Endless()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public Uri Uri => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        var buffer = new byte[256 * 1024];
        var filled = 0;
        int end;
        while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            filled += await ReceiveAsync(socket, buffer.AsMemory(filled));
        }

        var head = Encoding.ASCII.GetString(buffer, 0, end);
        if (head.StartsWith("GET /", StringComparison.Ordinal))
        {
            var size = long.Parse(head.Split(' ')[1][1..], CultureInfo.InvariantCulture);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"));
            while (size > 0)
            {
                size -= await socket.SendAsync(buffer.AsMemory(0, (int)Math.Min(size, buffer.Length)));
            }

            return;
        }

        var line = head.Split("\r\n").First(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
        for (var left = long.Parse(line["content-length:".Length..], CultureInfo.InvariantCulture) - (filled - end - 4); left > 0;)
        {
            left -= await ReceiveAsync(socket, buffer);
        }

        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
    }

    private static async Task<int> ReceiveAsync(Socket socket, Memory<byte> buffer) =>
        await socket.ReceiveAsync(buffer) is > 0 and var read ? read : throw new SocketException((int)SocketError.ConnectionReset);
}
