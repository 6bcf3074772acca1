using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Snapback.Control;
using Snapback.LoadTests.Peers;
using StackExchange.Redis;

namespace Snapback.LoadTests.Scenarios;

/// <summary>What a fleet costs its Redis: the production script, run at the production pace by as many replicas as asked for.</summary>
internal static class FleetScenario
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>The thickest that replicas answer each other's failures.</summary>
    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(25);

    public static Task<int> RunAsync(int seconds) => WithRedisAsync(async (redis, port) =>
    {
        Console.WriteLine("replicas   beats/s   answer p50 / p99      Redis CPU    out        per beat");
        foreach (var replicas in (int[])[3, 10, 30, 100])
        {
            await redis.GetServers()[0].FlushAllDatabasesAsync();
            Console.WriteLine(await MeasureAsync(redis, replicas, Beat, "", TimeSpan.FromSeconds(seconds)));
        }

        Console.WriteLine("failures all the time, and everybody answers:");
        foreach (var replicas in (int[])[3, 10, 32])
        {
            await redis.GetServers()[0].FlushAllDatabasesAsync();
            await using var listeners = await Listeners.StartAsync(port, replicas);
            Console.WriteLine(await MeasureAsync(redis, replicas, Answer, FleetWords.Failure, TimeSpan.FromSeconds(seconds)));
        }

        return 0;
    });

    /// <summary>A thousand of them on simulated time, by what a delivery costs here and what the protocol's words weigh.</summary>
    public static Task<int> SimulateAsync(int seconds) => WithRedisAsync(async (redis, port) =>
    {
        var costs = new List<(double Micros, double Bytes)>();
        Console.WriteLine("a message of      to replicas   Redis CPU, each   on the wire, each");
        foreach (var message in (string[])[FleetWords.Failure, FleetWords.Rollback])
        {
            foreach (var replicas in (int[])[100, 1000])
            {
                costs.Add(await FleetDeliveries.MeasureAsync(redis, port, replicas, message, TimeSpan.FromSeconds(seconds)));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{message.Length,8} bytes {replicas,16} {costs[^1].Micros,14:F1} µs {costs[^1].Bytes,14:F0} bytes"));
            }
        }

        Console.WriteLine();
        return FleetSimulation.Run(costs[^1].Micros, costs[^1].Bytes, FleetWords.PartOfAnswer);
    });

    private static async Task<int> WithRedisAsync(Func<ConnectionMultiplexer, int, Task<int>> run)
    {
        OutsideProgram.Need("fleet", OutsideProgram.Redis);
        var directory = Directory.CreateTempSubdirectory("snapback-fleet-");
        var port = FreePort();
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", directory.FullName];
        using var server = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        try
        {
            server.OutputDataReceived += (_, _) => { };
            server.BeginOutputReadLine();
            await Task.Delay(300);
            await using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true,abortConnect=false");
            return await run(redis, port);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            directory.Delete(recursive: true);
        }
    }

    private static async Task<string> MeasureAsync(ConnectionMultiplexer redis, int replicas, TimeSpan beat, string message, TimeSpan time)
    {
        var script = await ScriptAsync("heal.lua") + await ScriptAsync("beat.lua");
        var database = redis.GetDatabase();
        await database.HashSetAsync("fleet:{r}:document", [new("key", FleetWords.Key), new("writes", 7), new("v", 1)]);
        var before = await InfoAsync(redis);
        var started = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, replicas).Select(async replica =>
        {
            var mine = new List<double>();
            await Task.Delay(beat * (replica / (double)replicas));
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var asked = Stopwatch.GetTimestamp();
                await database.ScriptEvaluateAsync(
                    script,
                    [
                        "fleet:{r}:document", "fleet:{r}:replicas", "fleet:{r}:lease",
                        "fleet:{r}:evidence:1", "fleet:{r}:history", "fleet:{r}:outbox",
                    ],
                    [
                        FleetWords.Id(replica), FleetWords.Key, 7, FleetWords.About(replica), 2500,
                        FleetWords.Evidence,
                        "fleet:events", message, 0,
                    ]);
                mine.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                await Task.Delay(beat);
            }

            return mine;
        }));
        var passed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var after = await InfoAsync(redis);
        var sorted = times.SelectMany(one => one).Order().ToList();
        var (sent, worked) = (after.Out - before.Out, after.Cpu - before.Cpu);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{replicas,8}   {sorted.Count / passed,7:F0}   "
            + $"{sorted[sorted.Count / 2],6:F2} / {sorted[(int)(sorted.Count * 0.99)],6:F2} ms   "
            + $"{worked / passed,8:P1}   {sent / passed / 1e6,6:F2} MB/s   "
            + $"{sent / sorted.Count / 1024.0,6:F1} KB, {worked / sorted.Count * 1e6,5:F0} µs");
    }

    private static async Task<string> ScriptAsync(string name)
    {
        using var stream = typeof(Product).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    /// <summary>Seconds of CPU and bytes sent, since it began.</summary>
    internal static async Task<(double Cpu, long Out)> InfoAsync(ConnectionMultiplexer redis)
    {
        var all = (await redis.GetServers()[0].InfoAsync()).SelectMany(group => group).ToDictionary(pair => pair.Key, pair => pair.Value);
        double Number(string name) => double.Parse(all[name], CultureInfo.InvariantCulture);
        return (Number("used_cpu_user") + Number("used_cpu_sys"), (long)Number("total_net_output_bytes"));
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>As many subscribers as there are replicas, each on a connection of its own.</summary>
    private sealed class Listeners : IAsyncDisposable
    {
        private readonly List<ConnectionMultiplexer> _all = [];

        public static async Task<Listeners> StartAsync(int port, int replicas)
        {
            var listeners = new Listeners();
            for (var i = 0; i < replicas; i++)
            {
                var one = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},abortConnect=false");
                listeners._all.Add(one);
                await one.GetSubscriber().SubscribeAsync(RedisChannel.Literal("fleet:events"), (_, _) => { });
            }

            return listeners;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var one in _all)
            {
                await one.DisposeAsync();
            }
        }
    }
}
