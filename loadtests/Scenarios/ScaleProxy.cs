using System.Text;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>A proxy with so many rollouts, or routes, and what a request cost it.</summary>
internal sealed record ScaleProxy(string Name, int Size, Peer Peer, SnapbackPeer? Snapback)
{
    public const string JustStarted = "Snapback, just started";
    public const string FromTheStore = "Snapback, out of the store";

    /// <summary>To the first of them, in µs, turn by turn.</summary>
    public List<double> ToOne { get; } = [];

    public List<double> ToAll { get; } = [];

    /// <summary>Rollouts that a process started itself, the same that one found in its store, and bare YARP with as many routes.</summary>
    public static async Task<ScaleProxy[]> StartAsync(Workshop workshop, int size, Upstreams upstreams)
    {
        var configuration = Configuration(size, upstreams.Stable, upstreams.Canary);
        var started = await SnapbackPeer.StartAsync(workshop, JustStarted, [], configuration, "/r0/");
        await Parallel.ForAsync(0, size, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await started.RolloutAsync($"r{i}"));
        var stored = await SnapbackPeer.StartAsync(workshop, FromTheStore, [], configuration, "/r0/", CopyOfStore(started));
        return
        [
            new(JustStarted, size, started.Peer, started),
            new(FromTheStore, size, stored.Peer, stored),
            new(Peer.YarpSame, size, await YarpPeer.SameAsync(workshop, upstreams.Stable, upstreams.Canary, size), null),
        ];
    }

    /// <summary>As a process that is killed leaves it.</summary>
    private static string CopyOfStore(SnapbackPeer of)
    {
        var copy = Directory.CreateDirectory($"{of.Data}-copy").FullName;
        of.Peer.Process.Stop();
        foreach (var file in Directory.GetFiles(of.Data))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        of.Peer.Process.Continue();
        return copy;
    }

    private static string Configuration(int size, Uri stable, Uri canary)
    {
        var (routes, clusters, rollouts) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        for (var i = 0; i < size; i++)
        {
            var comma = i == 0 ? "" : ",\n";
            routes.Append($$"""{{comma}}"r{{i}}": { "ClusterId": "s{{i}}", "Match": { "Path": "/r{{i}}/{**any}" } }""");
            clusters.Append($$"""
                {{comma}}"s{{i}}": { "Destinations": { "a": { "Address": "{{stable.Text()}}" } } },
                "c{{i}}": { "Destinations": { "a": { "Address": "{{canary.Text()}}" } } }
                """);
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
