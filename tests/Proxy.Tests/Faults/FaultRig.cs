using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Events;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>
/// One proxy for a whole table: each case has its route, its rollout and its canary, so that all run at once and none sees
/// another's counters. Stable is healthy and shared.
/// </summary>
internal sealed class FaultRig : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-faults-").FullName;
    private readonly List<RawServer> _servers = [];
    private readonly List<Socket> _mute = [];
    private readonly ConcurrentDictionary<string, int> _arrived = new();
    private SnapbackHost _host = null!;

    private FaultRig()
    {
    }

    public ForwardersWords Words { get; } = new();

    /// <summary>This process did not run when it should have.</summary>
    public bool HasStalledSince(TimeSpan before) =>
        _host.Plane.Board.Stalls.Between(before, Moment.Now(TimeProvider.System).Monotonic) > TimeSpan.Zero;

    public int Port => new Uri(_host.TrafficAddress).Port;

    /// <param name="weight">Of each canary, in basis points.</param>
    public static async Task<FaultRig> StartAsync(IReadOnlyList<Fault> faults,
    int weight = Weight.Whole,
    ForwardingSettings? forwarding = null,
    params (string Key, string? Value)[] settings)
    {
        var rig = new FaultRig();
        var stable = rig.Serve(Play.Healthy);
        var configuration = new Dictionary<string, string?>(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
        {
            ["ReverseProxy:Clusters:stable:Destinations:one:Address"] = $"http://127.0.0.1:{stable}",
        };
        foreach (var (fault, i) in faults.Select((fault, i) => (fault, i)))
        {
            rig.Configure(configuration, fault, i);
        }

        rig._host = await SnapbackHost.StartAsync(
            new Settings
            {
                Urls = "http://127.0.0.1:0",
                AdminUrls = "http://127.0.0.1:0",
                DataDirectory = rig._directory,
                Replica = "r1",
                Forwarding = forwarding ?? Forwarders.Default,
            },
            new ConfigurationBuilder().AddInMemoryCollection(configuration).Build(),
            // Without a bound on what is in flight at a stranger: half of many silent requests would not come to the canary.
            [.. faults.Select((_, i) => DefaultPlan.For(Name(i), "stable", Name(i)) with
            {
                Routes = [Name(i)],
                Shield = null,
                Judge = JudgeTerms.Default with { Admission = null },
            })],
            new LoggerConfiguration().MinimumLevel.Fatal().MinimumLevel
                .Override("Yarp.ReverseProxy.Forwarder", LogEventLevel.Information).WriteTo
                .Sink(rig.Words)
                .CreateLogger());
        for (var i = 0; i < faults.Count; i++)
        {
            Assert.IsType<CommandResult.Done>(
                await rig._host.Plane.Commands.HandleAsync(
                    Name(i), new RolloutCommand.SetWeight(new Weight(weight), "v1", "ann")));
        }

        return rig;
    }

    public LiveRollout Live(int i) => _host.Plane.Board.TryGet(Name(i), out var live)
        ? live
        : throw new InvalidOperationException($"No rollout {Name(i)}.");

    /// <summary>Plays one case once, and tells all that is to be seen of it.</summary>
    public async Task<string> PlayAsync(Fault fault, int i)
    {
        var heard = await ActAsync(fault, i);
        var generation = Live(i).Generation;
        await Observing.ProxyRig.HoldsAsync(
            () => IsQuiet(generation) && generation.Canary.Requests >= (fault.Outcome is null ? 0 : 1),
            $"'{fault.Name}' has ended");
        var canary = generation.Canary;
        heard = fault.OnlyStatus && !heard.StartsWith("200", StringComparison.Ordinal) ? heard.Split(' ')[0] : heard;
        var client = fault.Client.Split(" / ").Contains(heard) ? fault.Client : heard;
        return Fault.Told(client, canary.Successes, canary.Failures, canary.Neutral, generation.Stable.Requests);
    }

    public async Task<string> ActAsync(Fault fault, int i)
    {
        using var wire = await Wire.OpenAsync(Port, fault.SmallWindow ? 4096 : null);
        var before = Arrived(i);
        return await fault.Act(
            wire,
            new Place(
                $"/{Name(i)}/", () => Observing.ProxyRig.HoldsAsync(() => Arrived(i) > before, $"'{fault.Name}' is at an arm")));
    }

    public static bool IsQuiet(Generation generation) => generation.InFlight(Arm.Canary) == 0 && generation.InFlight(Arm.Stable) == 0;

    // By the arms: a request that ends is counted a moment before it is no longer in flight, and whoever looks then sees two.
    private int Arrived(int i) => _arrived.GetValueOrDefault(Name(i));

    private void Arrive(string head)
    {
        // Whoever answers at once takes the end of a body for a head too.
        if (head.Split('/', 3) is [_, var name, _])
        {
            _arrived.AddOrUpdate(name, 1, (_, count) => count + 1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _mute.ForEach(socket => socket.Dispose());
        Directory.Delete(_directory, recursive: true);
    }

    private static string Name(int i) => $"case-{i}";

    private int Serve(Script script)
    {
        var server = new RawServer(script, Arrive);
        _servers.Add(server);
        return server.Port;
    }

    private void Configure(Dictionary<string, string?> configuration, Fault fault, int i)
    {
        var (route, cluster) = ($"ReverseProxy:Routes:{Name(i)}:", $"ReverseProxy:Clusters:{Name(i)}:");
        configuration[$"{route}ClusterId"] = "stable";
        configuration[$"{route}Match:Path"] = $"/{Name(i)}/{{**any}}";
        configuration[$"{route}Timeout"] = fault.RouteTimeout?.ToString();
        configuration[$"{cluster}Destinations:one:Address"] = $"http://127.0.0.1:{(fault.Upstream == Refused ? RefusedPort() : Serve(fault.Upstream))}";
        configuration[$"{cluster}HttpRequest:ActivityTimeout"] = fault.ActivityTimeout.ToString();
        if (fault.SpeaksHttp2)
        {
            configuration[$"{cluster}HttpRequest:Version"] = "2";
            configuration[$"{cluster}HttpRequest:VersionPolicy"] = "RequestVersionExact";
        }
    }

    /// <summary>Nobody listens there.</summary>
    public static Script Refused { get; } = _ => Task.FromResult(false);

    // Held while the table plays: a port that was only free a moment ago may be another case's upstream by then.
    private int RefusedPort()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _mute.Add(socket);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
