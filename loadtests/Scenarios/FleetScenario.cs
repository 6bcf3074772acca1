using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Snapback.Control;
using StackExchange.Redis;

namespace Snapback.LoadTests.Scenarios;

/// <summary>What a fleet costs its Redis: the production script, run at the production pace by as many replicas as asked for.</summary>
internal static class FleetScenario
{
    private const string Tally = """{"canaryGood":12345,"canaryBad":12,"canaryBadByCoin":12,"stableGood":234567,"stableBad":23,"stableBadByCoin":23,"canaryFast":12345,"canarySlow":12,"canarySlowByCoin":12,"stableFast":234567,"stableSlow":23,"stableSlowByCoin":23,"canaryShielded":10}""";

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>The thickest that replicas answer each other's failures.</summary>
    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(25);

    private static readonly string Key = $"{1L:D19}.0.{7L:D19}.09500.0.{0L:D19}.{0L:D19}.";

    public static async Task<int> RunAsync(int seconds)
    {
        var directory = Directory.CreateTempSubdirectory("snapback-fleet-");
        var port = FreePort();
        using var server = Process.Start(new ProcessStartInfo("redis-server", ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", directory.FullName]) { RedirectStandardOutput = true })!;
        try
        {
            server.OutputDataReceived += (_, _) => { };
            server.BeginOutputReadLine();
            await Task.Delay(300);
            await using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true,abortConnect=false");
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
                var message = $$"""{"kind":"evidence","rollout":"r","replica":"r1/0123abcd","generation":1,"isShadow":false,"tally":{{Tally}}}""";
                Console.WriteLine(await MeasureAsync(redis, replicas, Answer, message, TimeSpan.FromSeconds(seconds)));
            }

            return 0;
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
        using var stream = typeof(Product).Assembly.GetManifestResourceStream("beat.lua")!;
        using var reader = new StreamReader(stream);
        var script = await reader.ReadToEndAsync();
        var database = redis.GetDatabase();
        await database.HashSetAsync("fleet:{r}:document", [new("key", Key), new("writes", 7), new("v", 1)]);
        var before = await InfoAsync(redis);
        var started = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, replicas).Select(async replica =>
        {
            var mine = new List<double>();
            await Task.Delay(beat * (replica / (double)replicas));
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var asked = Stopwatch.GetTimestamp();
                await database.ScriptEvaluateAsync(script, ["fleet:{r}:document", "fleet:{r}:replicas", "fleet:{r}:lease", "fleet:{r}:evidence:1"],
                [
                    $"r{replica}/0123abcd", Key, 7, $$"""{"name":"r{{replica}}","version":"0.1.0"}""", 2500,
                    Tally,
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
        var sent = after.Out - before.Out;
        return string.Create(CultureInfo.InvariantCulture,
            $"{replicas,8}   {sorted.Count / passed,7:F0}   {sorted[sorted.Count / 2],6:F2} / {sorted[(int)(sorted.Count * 0.99)],6:F2} ms   {(after.Cpu - before.Cpu) / passed,8:P1}   {sent / passed / 1e6,6:F2} MB/s   {sent / sorted.Count / 1024.0,6:F1} KB, {(after.Cpu - before.Cpu) / sorted.Count * 1e6,5:F0} µs");
    }

    private static async Task<(double Cpu, long Out)> InfoAsync(ConnectionMultiplexer redis)
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
