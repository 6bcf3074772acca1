using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Configuration;
using Serilog.Core;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.LoadTests.Load;
using Fault = Snapback.LoadTests.Load.Fault;
using Snapback.Proxy.Hosting;

namespace Snapback.LoadTests.Scenarios;

/// <summary>Whether a POST request reaches two services, counted by number in both, while the canary fails again and again.</summary>
internal static class ShieldPosts
{
    private const int PostConnections = 64;

    private static readonly RolloutPlan Plan = DefaultPlan.For("shop", "stable", "canary") with
    {
        Objectives =
        [
            new Objective(ObjectiveMetric.SuccessRate, 0.005, TimeSpan.Zero),
            new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400)),
        ],
    };

    internal sealed record Round(string Fault, int Sent, int Rollbacks, int Failed, long Shielded, int Twice, int Lost);

    public static async Task<Round> RunAsync(Fault fault, int posts)
    {
        await using var stage = await StageAsync(posts);
        var clients = new IdClients(stage.Target, "POST", posts);
        var load = clients.RunAsync(PostConnections, 0, CancellationToken.None);
        var rollbacks = 0;
        for (var version = 1; !load.IsCompleted; version++)
        {
            stage.Canary.Fault = Fault.None;
            await stage.StartAsync($"v{version}");
            await Task.Delay(30);
            stage.Canary.Fault = fault;
            if (await stage.RolledBackAsync(load.IsCompleted ? TimeSpan.Zero : TimeSpan.FromSeconds(3)))
            {
                rollbacks++;
            }
            else
            {
                stage.Live.RollBack("operator", "The round is over.", Authority.Operator, "loadtest", null);
            }
        }

        await load;
        var (twice, lost) = (0, 0);
        for (var id = 0; id < posts; id++)
        {
            var (atStable, atCanary) = (stage.Stable.Seen(id), stage.Canary.Seen(id));
            twice += atStable + atCanary > 1 ? 1 : 0;
            lost += clients.Status(id) == 200 && atStable + atCanary != 1 ? 1 : 0;
        }

        return new Round($"{fault}", posts, rollbacks, clients.Failures, stage.Live.CanaryTraffic.Shielded, twice, lost);
    }

    private static async Task<Stage> StageAsync(int ids)
    {
        var (stable, canary) = (new FaultyOrigin(ids), new FaultyOrigin(ids));
        var directory = Directory.CreateTempSubdirectory("snapback-shield-").FullName;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ReverseProxy:Routes:all:ClusterId"] = "stable",
            ["ReverseProxy:Routes:all:Match:Path"] = "/{**any}",
            ["ReverseProxy:Clusters:stable:Destinations:one:Address"] = stable.Address,
            ["ReverseProxy:Clusters:canary:Destinations:one:Address"] = canary.Address,
            // A payment that hangs is not taken back; this bounds the run.
            ["ReverseProxy:Clusters:canary:HttpRequest:ActivityTimeout"] = "00:00:03",
        }).Build();
        var settings = new Settings { Urls = "http://127.0.0.1:0", AdminUrls = "http://127.0.0.1:0", DataDirectory = directory, Replica = "loadtest" };
        return new Stage(stable, canary, await SnapbackHost.StartAsync(settings, configuration, [Plan], Logger.None), directory);
    }

    private sealed record Stage(FaultyOrigin Stable, FaultyOrigin Canary, SnapbackHost Host, string Directory) : IAsyncDisposable
    {
        public LiveRollout Live => Host.Plane.Board.All.Single();

        public IPEndPoint Target => IPEndPoint.Parse(new Uri(Host.TrafficAddress).Authority);

        public async Task StartAsync(string version)
        {
            if (await Host.Plane.Commands.HandleAsync("shop", new RolloutCommand.SetWeight(new Weight(5000), version, "loadtest")) is not CommandResult.Done)
            {
                throw new InvalidOperationException("The rollout refused its weight.");
            }
        }

        public async Task<bool> RolledBackAsync(TimeSpan patience)
        {
            for (var since = Stopwatch.GetTimestamp(); Live.Status.Phase != RolloutPhase.RolledBack; await Task.Delay(1))
            {
                if (Stopwatch.GetElapsedTime(since) > patience)
                {
                    return false;
                }
            }

            return true;
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Stable.DisposeAsync();
            await Canary.DisposeAsync();
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
