using System.Text;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>The cost of a request beside many rollouts, each with a route, two clusters and an open generation; and with 10,000 connections.</summary>
internal static class ScaleScenario
{
    private const int ManyConnections = 10_000;
    private static readonly Cell Usual = new(NginxPeers.SmallBody, 64, Http2: false);

    /// <summary>Of which the clients need one or two to connect.</summary>
    private static readonly TimeSpan CrowdBurst = TimeSpan.FromSeconds(6);

    /// <param name="only">Beside one, so many rollouts and no others, and no crowd; null for all.</param>
    public static async Task<int> RunAsync(Run run, int? only)
    {
        int[] sizes = only is { } many ? [1, many] : run.Short ? [1, 1_000] : [1, 10, 1_000, 10_000];
        var report = new Report("scale");
        var crowd = Usual with { Connections = OpenFiles.RoomFor(ManyConnections) };
        await using var workshop = new Workshop();
        var (stable, canary) = await NginxPeers.UpstreamsAsync(workshop);
        var crowdRounds = only is null ? run.Rounds : 0;
        var progress = new Progress(2 + sizes.Length + run.Rounds + crowdRounds);
        var loads = new List<Load>();
        foreach (var size in sizes)
        {
            progress.Step($"starting, rollouts: {size:N0}");
            var snapback = await SnapbackPeer.StartAsync(workshop, $"{size:N0} rollouts", [], Configuration(size, stable, canary), "/r0/");
            await Parallel.ForAsync(0, size, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await snapback.RolloutAsync($"r{i}"));
            var yarp = await YarpPeer.SameAsync(workshop, stable, canary, size);
            var toOne = Burst.Script(workshop, "/", 1);
            loads.Add(new Load(size, ToAll: false, snapback.Peer, toOne));
            loads.Add(new Load(size, ToAll: false, yarp, toOne));
            if (size > 1)
            {
                var toAll = Burst.Script(workshop, "/", size);
                loads.Add(new Load(size, ToAll: true, snapback.Peer, toAll));
                loads.Add(new Load(size, ToAll: true, yarp, toAll));
            }
        }

        progress.Step("warming up");
        for (var i = 0; i < Rivals.WarmUpBursts; i++)
        {
            foreach (var load in loads)
            {
                await Burst.RunAsync(load.Peer, Usual, load.Script, Rivals.WarmUpBurst);
                await Task.Delay(Rivals.Pause);
            }
        }

        for (var round = 1; round <= run.Rounds; round++)
        {
            progress.Step($"round {round} of {run.Rounds}");
            foreach (var load in loads)
            {
                load.Costs.Add(await CostAsync(load, Usual, run.Burst));
            }
        }

        foreach (var load in loads)
        {
            load.Memory = load.Peer.Process.Memory;
        }

        // Last, as thousands of connections leave the upstreams and the kernel busy for a while, and memory with the proxies.
        var crowds = loads.Where(load => load.Size == 1).Select(load => (Load: load, Usual: new List<double>(), Crowded: new List<double>())).ToList();
        for (var round = 1; round <= crowdRounds; round++)
        {
            progress.Step($"{crowd.Connections:N0} connections, round {round} of {run.Rounds}");
            foreach (var (load, usual, crowded) in crowds)
            {
                usual.Add(await CostAsync(load, Usual, run.Burst));
                crowded.Add(await CostAsync(load, crowd, CrowdBurst));
            }
        }

        Tell(report, loads);
        if (crowdRounds > 0)
        {
            TellCrowds();
        }

        progress.End();
        return report.Finish(run.Json, run.Save);

        void TellCrowds()
        {
            var rows = report.Table($"CPU time per request with {crowd.Connections:N0} connections", "proxy", $"µs, {Usual.Connections} connections", $"µs, {crowd.Connections:N0}", "growth");
            foreach (var (load, usual, crowded) in crowds)
            {
                var growth = Spread.OfRatios(crowded, usual);
                rows.Add([load.Name, Spread.Of(usual).Text("0.0"), Spread.Of(crowded).Text("0.0"), growth.Text("0.00")]);
                report.Ratio($"{load.Name}: {crowd.Connections:N0} connections ÷ {Usual.Connections}", growth);
            }
        }

        async Task<double> CostAsync(Load load, Cell cell, TimeSpan length)
        {
            var burst = await Burst.RunAsync(load.Peer, cell, load.Script, length);
            if (burst.Errors > 0)
            {
                report.Problem($"{load.Peer.Name}, {cell}: {burst.Errors} of {burst.Requests} requests were not answered with 200.");
            }

            return burst.CpuMicros;
        }
    }

    /// <summary>
    /// Traffic to one of many shows what the others cost that have none. Traffic to all finds each one's connections and counters cold, in
    /// any proxy: it is held beside bare YARP with as many routes and clusters.
    /// </summary>
    private static void Tell(Report report, List<Load> loads)
    {
        var rows = report.Table("CPU time per request, 64 connections", "proxy", "rollouts or routes", "traffic to", "µs (quartiles)", "× one", "memory, MB");
        foreach (var load in loads)
        {
            var growth = Growth(load);
            rows.Add([load.Name, $"{load.Size:N0}", load.ToAll ? "all" : "one", Spread.Of(load.Costs).Text("0.0"), growth.Text("0.00"), $"{load.Memory / 1e6:0}"]);
            if (load.Size > 1)
            {
                report.Ratio($"{load.Name}: {load.Size:N0}, traffic to {(load.ToAll ? "all" : "one")} ÷ one", growth);
            }
        }

        var most = loads.Max(load => load.Size);
        var (toOne, toAll) = (loads.Single(load => load is { ToAll: false, IsYarp: false } && load.Size == most), loads.Single(load => load is { ToAll: true, IsYarp: false } && load.Size == most));
        var yarp = loads.Single(load => load is { ToAll: true, IsYarp: true } && load.Size == most);
        report.Goal($"{most:N0} rollouts, traffic to one of them ÷ one rollout", 1.05, Growth(toOne).Median);
        report.Goal($"{most:N0} rollouts, traffic to all: growth ÷ bare YARP's", 1.05, Growth(toAll).Median / Growth(yarp).Median);

        Spread Growth(Load load) => Spread.OfRatios(load.Costs, loads.Single(other => other.Size == 1 && other.IsYarp == load.IsYarp).Costs);
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

    /// <param name="ToAll">Or to the first of them alone.</param>
    private sealed record Load(int Size, bool ToAll, Peer Peer, string Script)
    {
        public List<double> Costs { get; } = [];

        /// <summary>Resident after the rounds, in bytes.</summary>
        public long Memory { get; set; }

        public bool IsYarp => Peer.Name == Peer.YarpSame;

        public string Name => IsYarp ? Peer.YarpSame : Peer.Snapback;
    }
}
