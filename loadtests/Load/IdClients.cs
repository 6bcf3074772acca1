using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Snapback.LoadTests.Load;

/// <summary>
/// Many keep-alive connections on raw sockets that send numbered requests and keep what each was answered. At a fixed rate a free
/// connection takes the next request that is due, whatever the others wait for.
/// </summary>
internal sealed class IdClients(IPEndPoint target, string method, int ids)
{
    private const int NoAnswer = -1;

    private readonly short[] _statuses = new short[ids];
    private int _next;

    public int Sent => Math.Min(Volatile.Read(ref _next), ids);

    /// <summary>Requests by what they were answered; -1 for no answer.</summary>
    public Dictionary<int, int> Statuses =>
        _statuses.Take(Sent).Where(status => status != 0).CountBy(status => (int)status).ToDictionary();

    public int Failures => _statuses.Take(Sent).Count(status => status is NoAnswer or >= 400);

    public int Status(int id) => _statuses[id];

    /// <param name="perSecond">0 for as many as the connections carry.</param>
    public async Task RunAsync(int connections, int perSecond, CancellationToken stop)
    {
        var due = Channel.CreateUnbounded<bool>();
        var clients = Enumerable.Range(0, connections)
            .Select(_ => Task.Run(() => ClientAsync(perSecond > 0 ? due.Reader : null, stop), CancellationToken.None))
            .ToList();
        var watch = Stopwatch.StartNew();
        for (var sent = 0L; perSecond > 0 && !stop.IsCancellationRequested && sent < ids;)
        {
            for (; sent < watch.Elapsed.TotalSeconds * perSecond; sent++)
            {
                due.Writer.TryWrite(true);
            }

            await Task.Delay(1, CancellationToken.None);
        }

        due.Writer.Complete();
        await Task.WhenAll(clients);
    }

    private async Task ClientAsync(ChannelReader<bool>? due, CancellationToken stop)
    {
        var buffer = new byte[4096];
        Socket? socket = null;
        while (!stop.IsCancellationRequested && (due is null || await due.WaitToReadAsync(CancellationToken.None)))
        {
            if (due?.TryRead(out _) == false)
            {
                continue;
            }

            var id = Interlocked.Increment(ref _next) - 1;
            if (id >= ids)
            {
                break;
            }

            try
            {
                if (socket is null)
                {
                    socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(target, CancellationToken.None);
                }

                var body = method == "POST" ? "Content-Length: 3\r\n\r\npay" : "\r\n";
                await socket.SendAsync(Encoding.ASCII.GetBytes($"{method} / HTTP/1.1\r\nHost: shop\r\nx-id: {id}\r\n{body}"));
                _statuses[id] = await StatusAsync(socket, buffer);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                _statuses[id] = NoAnswer;
            }

            if (_statuses[id] == NoAnswer)
            {
                socket?.Dispose();
                socket = null;
            }
        }

        socket?.Dispose();
    }

    private static async Task<short> StatusAsync(Socket socket, byte[] buffer)
    {
        for (var filled = 0; ;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
            if (read == 0)
            {
                return NoAnswer;
            }

            filled += read;
            var text = Encoding.ASCII.GetString(buffer, 0, filled);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head >= 0 && filled >= head + 4 + Length(text[..head]))
            {
                return short.Parse(text.AsSpan(9, 3));
            }
        }
    }

    private static int Length(string head)
    {
        const string header = "Content-Length: ";
        var at = head.IndexOf(header, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return 0;
        }

        var value = head.AsSpan(at + header.Length);
        return int.Parse(value.IndexOf('\r') is > 0 and var end ? value[..end] : value);
    }
}
