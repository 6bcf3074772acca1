using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Snapback.Journeys;

/// <summary>However long a body is, the proxy holds only what is between two reads of it.</summary>
public sealed class StreamsTakeConstantMemory : Journey
{
    /// <summary>What garbage collection and socket buffers may make of a steady stream.</summary>
    private const long Allowance = 64 << 20;

    /// <summary>Each way; 10 GiB in the long run of <c>./test.sh --all</c>.</summary>
    private static readonly long Size = long.Parse(Environment.GetEnvironmentVariable("SNAPBACK_STREAM_BYTES") ?? "400000000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Of_a_download_and_of_an_upload()
    {
        using var upstream = new Endless();
        var proxy = await SidecarAsync(upstream.Uri, upstream.Uri, Plans.AllAtOnce);
        await proxy.PostAsync("start", new { version = "2" });
        await DownloadAsync(proxy, Size / 8);
        await UploadAsync(proxy, Size / 8);

        var before = Memory(proxy);
        using var done = new CancellationTokenSource();
        var watching = HighestAsync(proxy, done.Token);
        await DownloadAsync(proxy, Size);
        await UploadAsync(proxy, Size);
        await done.CancelAsync();
        var highest = await watching;
        Assert.True(highest - before < Allowance, $"From {before >> 20} MiB to {highest >> 20} MiB with {Size >> 20} MiB each way.");

        var status = await proxy.SeeAsync("all have ended", status => status.Canary is { Requests: 4, InFlight: 0 });
        Assert.Equal((0, 0), (status.Canary.Failures, status.Canary.Neutral));
    }

    private static async Task DownloadAsync(SnapbackProcess proxy, long size)
    {
        using var client = await ConnectAsync(proxy.Traffic.Port);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET /{size} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        var (buffer, read) = (new byte[256 * 1024], 0L);
        while (await client.ReceiveAsync(buffer, Ended) is > 0 and var bytes)
        {
            read += bytes;
        }

        Assert.InRange(read, size + 1, size + 1000);
    }

    private static async Task UploadAsync(SnapbackProcess proxy, long size)
    {
        using var client = await ConnectAsync(proxy.Traffic.Port);
        await client.SendAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"));
        var buffer = new byte[256 * 1024];
        for (var left = size; left > 0;)
        {
            left -= await client.SendAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), Ended);
        }

        var answered = await client.ReceiveAsync(buffer, Ended);
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, answered), StringComparison.Ordinal);
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task<long> HighestAsync(SnapbackProcess proxy, CancellationToken done)
    {
        var highest = 0L;
        while (!done.IsCancellationRequested)
        {
            highest = Math.Max(highest, Memory(proxy));
            await Task.Delay(50, CancellationToken.None);
        }

        return highest;
    }

    private static long Memory(SnapbackProcess proxy)
    {
        using var process = System.Diagnostics.Process.GetProcessById(proxy.Process.Id);
        return process.WorkingSet64;
    }
}
