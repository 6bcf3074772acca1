using System.Text;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>The cost of a request beside many rollouts, each with a route, two clusters and an open generation; and with 10,000 connections.</summary>
internal static class ScaleScenario
{
    /// <summary>Each needs a file on both sides of the proxy, and 20,000 is what a process is often allowed.</summary>
    private const int ManyConnections = 8_000;
    private static readonly Cell Usual = new(NginxPeers.SmallBody, 64, Http2: false);
    private static readonly Cell Crowd = Usual with { Connections = ManyConnections };

    /// <summary>Of which the clients need one or two to connect.</summary>
    private static readonly TimeSpan CrowdBurst = TimeSpan.FromSeconds(6);

    public static async Task<int> RunAsync(Run run)
    {
        int[] sizes = run.Short ? [1, 10, 1_000] : [1, 10, 1_000, 10_000];
        var report = new Report("scale");
        await using var workshop = new Workshop();
        var (stable, canary) = await NginxPeers.UpstreamsAsync(workshop);
        var progress = new Progress(2 + sizes.Length + run.Rounds);
        var peers = new List<(int Size, SnapbackPeer Snapback, string Script)>();
        foreach (var size in sizes)
        {
            progress.Step($"starting {size:N0} rollouts");
            peers.Add(await StartAsync(size));
        }

        // A process of its own: what thousands of clients leave behind is no part of the other figures.
        progress.Step($"starting one for {ManyConnections:N0} connections");
        var crowd = await StartAsync(1);
        progress.Step("warming up");
        for (var i = 0; i < Rivals.WarmUpBursts; i++)
        {
            foreach (var (_, snapback, script) in peers.Append(crowd))
            {
                await Burst.RunAsync(snapback.Peer, Usual, script, Rivals.WarmUpBurst);
                await Task.Delay(Rivals.Pause);
            }
        }

        var costs = peers.ToDictionary(peer => peer.Size, _ => new List<double>());
        var crowded = new List<double>();
        for (var round = 1; round <= run.Rounds; round++)
        {
            progress.Step($"round {round} of {run.Rounds}");
            foreach (var (size, snapback, script) in peers)
            {
                costs[size].Add(await CostAsync(snapback.Peer, Usual, script, run.Burst));
            }

            crowded.Add(await CostAsync(crowd.Snapback.Peer, Crowd, crowd.Script, CrowdBurst));
        }

        var rows = report.Table("CPU time per request", "rollouts", "connections", "µs (quartiles)", "× one rollout, 64 connections", "memory, MB");
        foreach (var (size, snapback, _) in peers)
        {
            var growth = Spread.OfRatios(costs[size], costs[1]);
            rows.Add([$"{size:N0}", $"{Usual.Connections}", Spread.Of(costs[size]).Text("0.0"), growth.Text("0.00"), $"{snapback.Peer.Process.Memory / 1e6:0}"]);
            report.Ratio($"{size:N0} rollouts ÷ one", growth);
        }

        var crowding = Spread.OfRatios(crowded, costs[1]);
        rows.Add(["1", $"{Crowd.Connections:N0}", Spread.Of(crowded).Text("0.0"), crowding.Text("0.00"), $"{crowd.Snapback.Peer.Process.Memory / 1e6:0}"]);
        report.Ratio($"{Crowd.Connections:N0} connections ÷ {Usual.Connections}", crowding);
        report.Goal($"{sizes[^1]:N0} rollouts ÷ one", 1.05, Spread.OfRatios(costs[sizes[^1]], costs[1]).Median);
        progress.End();
        return report.Finish(run.Json, run.Save);

        async Task<(int Size, SnapbackPeer Snapback, string Script)> StartAsync(int size)
        {
            var snapback = await SnapbackPeer.StartAsync(workshop, $"{size:N0} rollouts", [], Configuration(size, stable, canary), "/r0/");
            await Parallel.ForAsync(0, size, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await snapback.RolloutAsync($"r{i}"));
            return (size, snapback, Burst.Script(workshop, "/", size));
        }

        async Task<double> CostAsync(Peer peer, Cell cell, string script, TimeSpan length)
        {
            var burst = await Burst.RunAsync(peer, cell, script, length);
            if (burst.Errors > 0)
            {
                report.Problem($"{peer.Name}, {cell}: {burst.Errors} of {burst.Requests} requests were not answered with 200.");
            }

            return burst.CpuMicros;
        }
    }

    private static string Configuration(int size, Uri stable, Uri canary)
    {
        var (routes, clusters, rollouts) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        for (var i = 0; i < size; i++)
        {
            var comma = i == 0 ? "" : ",\n";
            routes.Append($$"""{{comma}}"r{{i}}": { "ClusterId": "s{{i}}", "Match": { "Path": "/r{{i}}/{**any}" } }""");
            clusters.Append($$"""{{comma}}"s{{i}}": { "Destinations": { "a": { "Address": "{{stable.Text()}}" } } }, "c{{i}}": { "Destinations": { "a": { "Address": "{{canary.Text()}}" } } }""");
            rollouts.Append($$"""
                {{comma}}"r{{i}}": { "stable": "s{{i}}", "canary": "c{{i}}", "steps": [ { "weight": "{{NginxPeers.Share}}%", "hold": "24h" } ],
                  "objectives": [ { "metric": "success-rate", "min": "99.5%" }, { "metric": "p95", "max": "5s" } ],
                  "rollback": { "authority": [ "loadtests" ], "deadline": "5m" }, "sticky": { "by": "header:X-User-Id" } }
                """);
        }

        return $$"""
            "ReverseProxy": { "Routes": { {{routes}} }, "Clusters": { {{clusters}} } },
            "Snapback": { "Rollouts": { {{rollouts}} } }
            """;
    }
}
