using System.Diagnostics;

namespace Snapback.Journeys.Page;

/// <summary>What it costs when many look at one rollout with traffic; it prints the figures of docs/page.md.</summary>
public sealed class ManyReadersCostLittle : Journey
{
    private const int Readers = 60;

    private const int RequestsPerSecond = 100;

    /// <summary>Times what the requests of the same run take; 0.35 to 0.65 was measured.</summary>
    private const double MostBesideTheRequests = 2;

    /// <summary>Twice the most that was measured.</summary>
    private const long MostMemory = 64 << 20;

    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Sixty_of_them_take_less_than_two_hundred_requests_a_second_and_less_than_64_MB()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri);
        await proxy.PostAsync("start", new { version = "v2" });
        await using var load = Load.Start(proxy.Traffic, RequestsPerSecond);
        using var process = Process.GetProcessById(proxy.Process.Id);
        await Task.Delay(TimeSpan.FromSeconds(2), Ended);
        var memory = Memory(process);
        // Before and after the stretch without them: a young process compiles, and takes less from one second to the next.
        var (first, _) = await WithReadersAsync(proxy, process);
        var without = await CostAsync(process);
        var (second, read) = await WithReadersAsync(proxy, process);

        var (cost, more) = ((first + second) / 2 - without, Memory(process) - memory);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Readers} readers: {cost * 100:0.0}% of a core beside the {without * 100:0.0}% without them, "
            + $"{more / 1e6:0.0} MB more, {read / Stretch.TotalSeconds / 1e3:0} KB/s read.");
        Assert.True(cost < MostBesideTheRequests * without, $"{cost * 100:0.0}% of a core beside {without * 100:0.0}%");
        Assert.True(more < MostMemory, $"{more / 1e6:0.0} MB");
    }

    /// <returns>What the process took meanwhile, and the bytes that were read.</returns>
    private static async Task<(double Cost, long Read)> WithReadersAsync(SnapbackProcess proxy, Process process)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = proxy.AdminUri, Timeout = Timeout.InfiniteTimeSpan };
        var heard = new long[Readers];
        var reading = Enumerable.Range(0, Readers)
            .Select(reader => ReadAsync(client, bytes => Interlocked.Add(ref heard[reader], bytes), stop.Token))
            .ToArray();
        await Eventually.SeeAsync("all of them hear something", () => Array.TrueForAll(heard, bytes => bytes > 0));
        var before = heard.Sum();
        var cost = await CostAsync(process);
        var read = heard.Sum() - before;
        await stop.CancelAsync();
        await Task.WhenAll(reading);
        return (cost, read);
    }

    /// <returns>Seconds of processor time in a second.</returns>
    private static async Task<double> CostAsync(Process process)
    {
        process.Refresh();
        var (before, started) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        await Task.Delay(Stretch, Ended);
        process.Refresh();
        return (process.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(started);
    }

    private static long Memory(Process process)
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    private static async Task ReadAsync(HttpClient client, Action<long> hear, CancellationToken stop)
    {
        try
        {
            await using var stream = await client.GetStreamAsync("api/events?rollout=default", stop);
            var buffer = new byte[16 * 1024];
            while (await stream.ReadAsync(buffer, stop) is > 0 and var read)
            {
                hear(read);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was read.
        }
    }
}
