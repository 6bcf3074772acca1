using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Snapback.Control;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Signing;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Observing;

/// <summary>The whole proxy on real sockets between two small services; the rollout is 'shop', its canary gets what the test says.</summary>
internal sealed class ProxyRig : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private SnapbackHost _host = null!;

    private ProxyRig()
    {
    }

    public required Upstream Stable { get; init; }

    public required Upstream Canary { get; init; }

    public HttpClient Client { get; } = new(
        new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    public LiveRollout Live => _host.Plane.Board.TryGet("shop", out var live) ? live : throw new InvalidOperationException("There is no rollout.");

    public Generation Generation => Live.Generation;

    public ArmStats CanaryStats => Generation.Canary;

    public KeyRing Keys => _host.Plane.Keys;

    public ControlPlane Plane => _host.Plane;

    public RolloutCommandHandler Commands => _host.Plane.Commands;

    public string Admin => _host.AdminAddress;

    public Uri Address => new(_host.TrafficAddress);

    public RolloutStatus Status => Live.Snapshot(Moment.Now(TimeProvider.System).Monotonic).Status;

    /// <summary>Without the shield, so that users see what the canary does.</summary>
    public static RolloutPlan Plan { get; } = DefaultPlan.For("shop", "shop-stable", "shop-canary") with { Shield = null };

    public static RolloutPlan Shielded { get; } = Plan with { Shield = ShieldTerms.Default };

    /// <summary>Judged by latency alone, so slowly that a few slow requests roll nothing back.</summary>
    public static RolloutPlan ByLatency { get; } = Plan with
    {
        Objectives = [new Objective(ObjectiveMetric.Latency, 0.5, Limit)],
        Sensitivity = Sensitivity.Low,
    };

    /// <param name="weight">The canary's, in basis points.</param>
    /// <param name="settings">More of the configuration; a null value takes a key out.</param>
    public static async Task<ProxyRig> StartAsync(
        int weight = 10_000, RolloutPlan? plan = null, HttpProtocols upstreams = HttpProtocols.Http1, params (string Key, string? Value)[] settings)
    {
        var rig = new ProxyRig { Stable = await Upstream.StartAsync("stable", upstreams), Canary = await Upstream.StartAsync("canary", upstreams) };
        var configuration = new Dictionary<string, string?>
        {
            ["ReverseProxy:Routes:main:ClusterId"] = "shop-stable",
            ["ReverseProxy:Routes:main:Match:Path"] = "/{**any}",
            ["ReverseProxy:Routes:main:Order"] = "10",
            ["ReverseProxy:Routes:plain:ClusterId"] = "plain",
            ["ReverseProxy:Routes:plain:Match:Path"] = "/plain/{**any}",
            ["ReverseProxy:Clusters:shop-stable:Destinations:one:Address"] = rig.Stable.Url,
            ["ReverseProxy:Clusters:shop-canary:Destinations:one:Address"] = rig.Canary.Url,
            ["ReverseProxy:Clusters:plain:Destinations:one:Address"] = rig.Stable.Url,
        };
        if (upstreams == HttpProtocols.Http2)
        {
            // Without TLS there is no negotiation: whoever sends must know that the upstream speaks HTTP/2.
            configuration["ReverseProxy:Clusters:shop-stable:HttpRequest:VersionPolicy"] = "RequestVersionExact";
            configuration["ReverseProxy:Clusters:shop-canary:HttpRequest:VersionPolicy"] = "RequestVersionExact";
        }

        foreach (var (key, value) in settings)
        {
            configuration[key] = value;
            _ = value is null && configuration.Remove(key);
        }

        var root = new ConfigurationBuilder().AddInMemoryCollection(configuration).Build();
        rig._host = await SnapbackHost.StartAsync(
            new Settings
            {
                Urls = "http://127.0.0.1:0",
                AdminUrls = "http://127.0.0.1:0",
                DataDirectory = rig._directory,
                Replica = "r1",
                Forwarding = root["Snapback:Forwarder"] is null ? Forwarders.Default : ForwardingSettings.Read(root.GetSection("Snapback"), []),
                OverrideCallers = Networks.Read(root.GetSection("Snapback"), "OverrideCallers", []),
            },
            root,
            [plan ?? Plan],
            Serilog.Core.Logger.None);
        rig.Client.BaseAddress = rig.Address;
        await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(weight), "v1", "ann"));
        return rig;
    }

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync() => _host.Plane.Store.HistoryAsync("shop", 10);

    public async Task DoAsync(RolloutCommand command) => Assert.IsType<CommandResult.Done>(await Commands.HandleAsync("shop", command));

    /// <summary>Status and body.</summary>
    public async Task<(int Status, string Body)> GetAsync(string path = "/", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The client may know the answer before the proxy has counted it.</summary>
    public Task CountedAsync(long requests) => HoldsAsync(
        () =>
            Generation.Stable.Requests + CanaryStats.Requests >= requests
                && Generation.InFlight(Arm.Canary) == 0
                && Generation.InFlight(Arm.Stable) == 0,
        $"{requests} requests are counted and none is in flight");

    /// <summary>Counted when stable's answer is through, and in flight no more.</summary>
    public Task ShieldedAsync(long requests) =>
        HoldsAsync(() => CanaryStats.Shielded >= requests, $"{requests} requests are counted as answered by stable");

    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(10), $"Not within 10 s: {what}");
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.DisposeAsync();
        await Stable.DisposeAsync();
        await Canary.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
