using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Serilog.Core;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.LoadTests.Load;
using Snapback.Proxy.Hosting;
using Microsoft.Extensions.Configuration;
using Spectre.Console;
using Progress = Snapback.LoadTests.Measuring.Progress;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// A canary at 50 % fails in every way that leaves a user without an answer. Of its GET users none may see it, at a fixed rate; and
/// of POST requests, sent as fast as they go while the canary fails again and again, none may reach two services, counted by number in both.
/// </summary>
internal static class ShieldScenario
{
    private const int Connections = 2048;
    private const int PostConnections = 64;
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Fault[] Faults = [Fault.Error500, Fault.Refused, Fault.Reset, Fault.ZeroBody, Fault.Hang];

    private static readonly RolloutPlan Plan = DefaultPlan.For("shop", "stable", "canary") with
    {
        Objectives = [new Objective(ObjectiveMetric.SuccessRate, 0.005, TimeSpan.Zero), new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400))],
    };

    public static async Task<int> RunAsync(int perSecond, int posts, bool json)
    {
        var progress = new Progress(2 * Faults.Length);
        var gets = new List<GetRound>();
        foreach (var fault in Faults)
        {
            progress.Step($"GET, {fault}");
            gets.Add(await GetsAsync(fault, perSecond));
        }

        var rounds = new List<PostRound>();
        foreach (var fault in Faults)
        {
            progress.Step($"POST, {fault}");
            rounds.Add(await PostsAsync(fault, posts / Faults.Length));
        }

        progress.End();
        Print(gets, rounds, perSecond, json);
        return gets.All(round => round is { Failed: 0, RolledBack: true }) && rounds.All(round => round is { Twice: 0, Lost: 0 }) ? 0 : 1;
    }

    private static async Task<GetRound> GetsAsync(Fault fault, int perSecond)
    {
        var ids = perSecond * 20;
        await using var stage = await StageAsync(ids);
        var clients = new IdClients(stage.Target, "GET", ids);
        using var stop = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        var load = clients.RunAsync(Connections, perSecond, stop.Token);
        await stage.StartAsync("v2");
        await Task.Delay(Healthy);
        stage.Canary.Fault = fault;
        var broken = Stopwatch.GetTimestamp();
        var rolledBack = await stage.RolledBackAsync(Patience);
        var after = Stopwatch.GetElapsedTime(broken);
        await Task.Delay(After);
        await stop.CancelAsync();
        await load;
        var record = stage.Live.Snapshot(TimeSpan.Zero).Status.Rollback;
        return new GetRound($"{fault}", clients.Sent, clients.Sent / watch.Elapsed.TotalSeconds, clients.Failures, record?.Shielded ?? 0, record?.Victims ?? 0, rolledBack, after.TotalMilliseconds, clients.Statuses);
    }

    private static async Task<PostRound> PostsAsync(Fault fault, int posts)
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

        return new PostRound($"{fault}", posts, rollbacks, clients.Failures, stage.Live.CanaryTraffic.Shielded, twice, lost);
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

    private static void Print(List<GetRound> gets, List<PostRound> posts, int perSecond, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { perSecond, gets, posts }));
            return;
        }

        var table = new Table().Title($"GET at {perSecond:N0} a second asked for, canary at 50%").AddColumns("canary", "sent", "a second", "failed for a user", "shielded", "rolled back after");
        foreach (var round in gets)
        {
            table.AddRow(round.Fault, $"{round.Sent:N0}", $"{round.PerSecond:N0}", $"{round.Failed:N0}", $"{round.Shielded:N0}", round.RolledBack ? $"{round.AfterMs:N0} ms" : "never");
        }

        AnsiConsole.Write(table);
        table = new Table().Title("POST as fast as it goes, the canary failing again after every rollback").AddColumns("canary", "sent", "rollbacks", "failed for a user", "shielded", "at both or twice", "lost");
        foreach (var round in posts)
        {
            table.AddRow(round.Fault, $"{round.Sent:N0}", $"{round.Rollbacks:N0}", $"{round.Failed:N0}", $"{round.Shielded:N0}", $"{round.Twice:N0}", $"{round.Lost:N0}");
        }

        AnsiConsole.Write(table);
    }

    private sealed record GetRound(string Fault, int Sent, double PerSecond, int Failed, long Shielded, long Victims, bool RolledBack, double AfterMs, Dictionary<int, int> Statuses);

    private sealed record PostRound(string Fault, int Sent, int Rollbacks, int Failed, long Shielded, int Twice, int Lost);

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
