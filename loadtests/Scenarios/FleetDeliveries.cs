using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Snapback.LoadTests.Scenarios;

/// <summary>What a message costs Redis for each replica that it is delivered to: its CPU time, by its own count, and the bytes on the wire.</summary>
internal sealed class FleetDeliveries : IAsyncDisposable
{
    private const int PerSecond = 20;

    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _reading = [];
    private long _received;

    /// <returns>Microseconds and bytes for each delivery.</returns>
    public static async Task<(double Micros, double Bytes)> MeasureAsync(ConnectionMultiplexer redis, int port, int subscribers, string message, TimeSpan time)
    {
        await using var deliveries = new FleetDeliveries();
        await deliveries.SubscribeAsync(port, subscribers);
        var (before, started, sent) = (await FleetScenario.InfoAsync(redis), Stopwatch.GetTimestamp(), 0);
        for (; Stopwatch.GetElapsedTime(started) < time; sent++)
        {
            await redis.GetSubscriber().PublishAsync(RedisChannel.Literal("fleet:events"), message);
            await Task.Delay(TimeSpan.FromSeconds(1.0 / PerSecond));
        }

        var after = await FleetScenario.InfoAsync(redis);
        var delivered = (double)sent * subscribers;
        return Interlocked.Read(ref deliveries._received) >= delivered * message.Length
            ? ((after.Cpu - before.Cpu) / delivered * 1e6, (after.Out - before.Out) / delivered)
            : throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Of {delivered} messages of {message.Length} bytes {deliveries._received} bytes arrived: "
                + $"Redis gave up on slow subscribers."));
    }

    public async ValueTask DisposeAsync()
    {
        _sockets.ForEach(socket => socket.Dispose());
        await Task.WhenAll(_reading);
    }

    private async Task SubscribeAsync(int port, int subscribers)
    {
        var buffer = new byte[1 << 16];
        for (var i = 0; i < subscribers; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, port);
            await socket.SendAsync(Encoding.ASCII.GetBytes("SUBSCRIBE fleet:events\r\n"));
            await socket.ReceiveAsync(buffer);
            _reading.Add(ReadAsync(socket, buffer));
        }
    }

    /// <summary>What they hear is counted and not looked at, so that all may share a buffer.</summary>
    private async Task ReadAsync(Socket socket, byte[] buffer)
    {
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
            {
                Interlocked.Add(ref _received, read);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }
}
