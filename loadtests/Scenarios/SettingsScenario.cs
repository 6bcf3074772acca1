using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>Snapback as it ships, and with one setting changed at a time: what each of them is worth here.</summary>
internal static class SettingsScenario
{
    private const string Shipped = "as shipped";
    private const string Hosting = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private static readonly Cell Http1 = new(NginxPeers.SmallBody, 64, Http2: false);
    private static readonly Cell Http2 = Http1 with { Http2 = true };
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1);

    private static readonly Variant[] All =
    [
        new(Shipped),
        new("sockets not inline", ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "0")),
        new("log scope and activity per request") { Logs = $$""", "Serilog": { "MinimumLevel": { "Override": { "{{Hosting}}": "Warning" } } }""" },
        new("thread pool spins", ("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "46")),
        new("X-Forwarded off") { Route = """, "Transforms": [ { "X-Forwarded": "Off" } ]""" },
        new("at most 8 connections to an upstream") { Cluster = """, "HttpClient": { "MaxConnectionsPerServer": 8 }""" },
        new("HTTP/2 to the upstreams") { Cluster = """, "HttpRequest": { "Version": "2", "VersionPolicy": "RequestVersionExact" }""", ToHttp2 = true },
        new("server GC", ("DOTNET_gcServer", "1")),
        new("no concurrent GC", ("DOTNET_gcConcurrent", "0")),
        new("4 MB for new objects", ("DOTNET_GCGen0MaxBudget", "400000")),
        new("no PGO", ("DOTNET_TieredPGO", "0")),
        new("no tiered compilation", ("DOTNET_TieredCompilation", "0")),
    ];

    public static async Task<int> RunAsync(Run run)
    {
        OutsideProgram[] always = [OutsideProgram.Taskset, OutsideProgram.Nginx, OutsideProgram.Wrk];
        OutsideProgram.Need("settings", run.Short ? always : [.. always, OutsideProgram.H2Load]);
        var report = new Report("settings");
        await using var workshop = new Workshop();
        var (stable, canary) = await NginxPeers.UpstreamsAsync(workshop);
        var (stable2, canary2) = await NginxPeers.UpstreamsAsync(workshop, http2: true);
        var script = Burst.Script(workshop, "/");
        Cell[] cells = run.Short ? [Http1] : [Http1, Http2];
        var progress = new Progress(All.Length + cells.Length * run.Rounds);
        var peers = new List<SnapbackPeer>();
        foreach (var variant in All)
        {
            progress.Step($"starting {variant.Name}");
            var configuration = variant.ToHttp2 ? variant.Configuration(stable2, canary2) : variant.Configuration(stable, canary);
            var snapback = await SnapbackPeer.StartAsync(workshop, variant.Name, [], configuration, environment: variant.Environment);
            await snapback.RolloutAsync();
            for (var i = 0; i < 8; i++)
            {
                foreach (var cell in cells)
                {
                    await Burst.RunAsync(snapback.Peer, cell, script, Length);
                }

                await Task.Delay(200);
            }

            peers.Add(snapback);
        }

        foreach (var cell in cells)
        {
            var costs = All.ToDictionary(variant => variant.Name, _ => new List<double>());
            for (var round = 1; round <= run.Rounds; round++)
            {
                progress.Step($"{cell}, round {round} of {run.Rounds}");
                foreach (var snapback in Turns.Of(peers, round))
                {
                    var burst = await Burst.RunAsync(snapback.Peer, cell, script, Length);
                    costs[snapback.Peer.Name].Add(burst.CpuMicros);
                    if (burst.Errors > 0)
                    {
                        report.Problem($"{snapback.Peer.Name}, {cell}: {burst.Errors} of {burst.Requests} requests were not answered with 200.");
                    }
                }
            }

            var rows = report.Table($"{cell}: CPU time per request", "setting", "µs (quartiles)", "× as shipped");
            foreach (var (name, rounds) in costs)
            {
                var ratio = Spread.OfRatios(rounds, costs[Shipped]);
                rows.Add([name, Spread.Of(rounds).Text("0.0"), name == Shipped ? "1" : ratio.Text("0.00")]);
                if (name != Shipped)
                {
                    report.Ratio($"{cell}: {name} ÷ {Shipped}", ratio);
                }
            }
        }

        progress.End();
        return report.Finish(run.Json, run.Save);
    }

    private sealed record Variant(string Name, params (string, string)[] Environment)
    {
        public string Route { get; init; } = "";

        public string Cluster { get; init; } = "";

        public string Logs { get; init; } = "";

        public bool ToHttp2 { get; init; }

        public string Configuration(Uri stable, Uri canary) => $$"""
            "ReverseProxy": {
              "Routes": { "all": { "ClusterId": "stable", "Match": { "Path": "/{**any}" }{{Route}} } },
              "Clusters": {
                "stable": { "Destinations": { "a": { "Address": "{{stable.Text()}}" } }{{Cluster}} },
                "canary": { "Destinations": { "a": { "Address": "{{canary.Text()}}" } }{{Cluster}} } } },
            "Snapback": { "Rollouts": { "loadtest": {
              "stable": "stable", "canary": "canary", "steps": [ { "weight": "{{NginxPeers.Share}}%", "hold": "24h" } ],
              "objectives": [ { "metric": "success-rate", "min": "99.5%" }, { "metric": "p95", "max": "5s" } ],
              "rollback": { "authority": [ "loadtests" ], "deadline": "5m" }, "sticky": { "by": "header:X-User-Id" } } } }{{Logs}}
            """;
    }
}
