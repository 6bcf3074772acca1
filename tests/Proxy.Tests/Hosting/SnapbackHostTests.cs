using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Serilog;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>The process as a whole: two sides that do not mix, and a start that says everything that is wrong.</summary>
public sealed class SnapbackHostTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_sidecar_form_needs_no_configuration()
    {
        await using var stable = await Upstream.StartAsync("stable");
        await using var canary = await Upstream.StartAsync("canary");
        var plan = DefaultPlan.For(Sidecar.Rollout, Sidecar.Stable, Sidecar.Canary);
        await using var host = await StartAsync(Between(stable.Url, canary.Url), plans: plan);
        Assert.Equal("stable", await _client.GetStringAsync(host.TrafficAddress + "/any/path", TestContext.Current.CancellationToken));
        await host.Plane.Commands.HandleAsync("default", new RolloutCommand.SetWeight(Weight.Full, "v1", "ann"));
        Assert.Equal("canary", await _client.GetStringAsync(host.TrafficAddress, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/api/rollouts")]
    [InlineData("/metrics")]
    [InlineData("/healthz/live")]
    public async Task The_traffic_side_answers_no_admin_path_whatever_the_Host_says(string path)
    {
        await using var host = await StartAsync(Free);
        Assert.Equal(404, await CodeAsync("GET", host.TrafficAddress + path, new Uri(host.AdminAddress).Authority));
        Assert.Equal(200, await CodeAsync("GET", host.AdminAddress + path));
    }

    [Fact]
    public async Task The_admin_side_proxies_nothing_whatever_the_Host_says()
    {
        await using var stable = await Upstream.StartAsync("stable");
        await using var host = await StartAsync(Free with { Stable = [stable.Url], Canary = [stable.Url] });
        Assert.Equal(404, await CodeAsync("GET", host.AdminAddress + "/orders", new Uri(host.TrafficAddress).Authority));
        // The page's own address.
        Assert.Equal(200, await CodeAsync("GET", host.AdminAddress + "/", new Uri(host.TrafficAddress).Authority));
        Assert.Empty(stable.Sequences);
    }

    [Fact]
    public async Task A_stored_rollout_whose_clusters_are_gone_is_told_at_the_start()
    {
        var plan = DefaultPlan.For("shop", Sidecar.Stable, Sidecar.Canary);
        await (await StartAsync(Between("http://127.0.0.1:9", "http://127.0.0.1:9"), plans: plan)).DisposeAsync();
        var log = new LogLines();
        await using var host = await SnapbackHost.StartAsync(
            Free, new ConfigurationBuilder().Build(), [], new LoggerConfiguration().WriteTo.Sink(log).CreateLogger());
        Assert.Equal(
            ["stable", "canary"],
            log.Said.Select(line => line.Split("Rollout 'shop' ")).Where(parts => parts.Length > 1).Select(parts => parts[1].Split(':')[0]));
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("CONNECT")]
    public async Task Tunnels_and_traces_are_refused_before_any_arm_is_charged(string method)
    {
        await using var stable = await Upstream.StartAsync("stable");
        var plan = DefaultPlan.For("default", Sidecar.Stable, Sidecar.Canary);
        await using var host = await StartAsync(Between(stable.Url, stable.Url), plans: plan);
        using var socket = new TcpClient();
        var traffic = new Uri(host.TrafficAddress);
        await socket.ConnectAsync(traffic.Host, traffic.Port, TestContext.Current.CancellationToken);
        var target = method == "CONNECT" ? traffic.Authority : "/";
        await socket.GetStream().WriteAsync(
            System.Text.Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {traffic.Authority}\r\n\r\n"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream());
        Assert.Contains(" 405 ", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(stable.Sequences);
        Assert.Equal(0, host.Plane.Board.All.Single().Generation.Stable.Requests);
    }

    [Theory]
    [InlineData("GET", 200)]
    [InlineData("HEAD", 200)]
    [InlineData("POST", 405)]
    [InlineData("DELETE", 405)]
    [InlineData("OPTIONS", 405)]
    public async Task Metrics_are_read_and_nothing_else(string method, int code)
    {
        await using var host = await StartAsync(Free);
        using var request = new HttpRequestMessage(new HttpMethod(method), host.AdminAddress + "/metrics");
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(code, (int)response.StatusCode);
        Assert.Equal(code == 405 ? "GET, HEAD" : "", string.Join(", ", response.Content.Headers.Allow));
    }

    [Fact]
    public async Task Readiness_tells_the_phases()
    {
        await using var host = await StartAsync(Free, plans: DefaultPlan.For("shop", "a", "b"));
        Assert.Equal(
            """{"status":"ready","phases":{"shop":"Idle"}}""",
            await _client.GetStringAsync(host.AdminAddress + "/healthz/ready", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_drain_lets_the_requests_in_flight_end()
    {
        await using var stable = await Upstream.StartAsync("stable");
        var (arrived, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        stable.Handle = _ =>
        {
            arrived.SetResult();
            return answer.Task;
        };
        await using var host = await StartAsync(Free with { Stable = [stable.Url], Canary = [stable.Url] });
        var (traffic, admin) = (host.TrafficAddress, host.AdminAddress);
        var request = CodeAsync("GET", traffic);
        await arrived.Task;
        var drain = host.DrainAsync();
        Assert.Equal((503, 503), (await CodeAsync("GET", admin + "/healthz/ready"), await CodeAsync("HEAD", admin + "/healthz/ready")));
        await ProxyRig.HoldsAsync(() => Refuses(traffic), "no new connection is taken");
        Assert.False(drain.IsCompleted);
        answer.SetResult();
        Assert.Equal(200, await request);
        await drain;
    }

    [Fact]
    public async Task Two_proxies_on_one_directory_do_not_start()
    {
        await using var first = await StartAsync(Free);
        var problems = await Assert.ThrowsAsync<ConfigurationProblems>(() => StartAsync(Free));
        Assert.Contains("another process holds it", Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_in_a_sentence_and_lets_go_of_the_store()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        var problems = await Assert.ThrowsAsync<ConfigurationProblems>(() => StartAsync(Free with { Urls = url }));
        Assert.StartsWith($"--urls: cannot listen on {url}: ", Assert.Single(problems.Problems), StringComparison.Ordinal);
        await using var host = await StartAsync(Free);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("flags")]
    public async Task Without_its_other_sides_it_answers_nobody(string side)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        var traffic = $"http://127.0.0.1:{FreePort()}";
        var settings = Free with { Urls = traffic };
        settings = side == "admin" ? settings with { AdminUrls = url } : settings with { FlagsUrls = url };
        var start = Task.Run(() => StartAsync(settings));
        while (!start.IsCompleted)
        {
            Assert.True(Refuses(traffic), "It took a connection.");
        }

        var problems = await Assert.ThrowsAsync<ConfigurationProblems>(() => start);
        Assert.Contains(url, Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_affinity_cookies_are_there_before_the_first_request_that_needs_them_and_not_without_one()
    {
        var keys = Path.Combine(_directory, "keys");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ReverseProxy:Clusters:c:Destinations:d:Address"] = "http://127.0.0.1:1",
        }).Build();
        await using var host = await SnapbackHost.StartAsync(Free, configuration, [], Serilog.Core.Logger.None);
        Assert.False(Directory.Exists(keys) && Directory.EnumerateFiles(keys).Any());

        configuration["ReverseProxy:Clusters:c:SessionAffinity:Enabled"] = "true";
        configuration["ReverseProxy:Clusters:c:SessionAffinity:AffinityKeyName"] = ".arm";
        configuration.Reload();
        await ProxyRig.HoldsAsync(() => Directory.Exists(keys) && Directory.EnumerateFiles(keys).Any(), "the reload made the keys");
    }

    [Fact]
    public async Task What_YARP_refuses_is_said_in_sentences()
    {
        var problems = await Assert.ThrowsAsync<ConfigurationProblems>(() => StartAsync(Free, new Dictionary<string, string?>
        {
            ["ReverseProxy:Clusters:c:SessionAffinity:Enabled"] = "true",
            ["ReverseProxy:Clusters:c:SessionAffinity:AffinityKeyName"] = "key",
            ["ReverseProxy:Clusters:c:SessionAffinity:Policy"] = "Nonsense",
            ["ReverseProxy:Clusters:d:HealthCheck:AvailableDestinationsPolicy"] = "Nonsense",
        }));
        Assert.All(problems.Problems, problem => Assert.Matches("^ReverseProxy: .*Correct the ReverseProxy section of the configuration.$", problem));
        Assert.Equal(2, problems.Problems.Count);
    }

    [Fact]
    public async Task A_rollout_is_taken_up_where_it_stood()
    {
        var plan = DefaultPlan.For("shop", "a", "b");
        await using (var host = await StartAsync(Free, plans: plan))
        {
            await host.Plane.Commands.HandleAsync("shop", new RolloutCommand.Start("v1", "ann"));
            await host.Plane.Commands.HandleAsync("shop", new RolloutCommand.Advance("ann"));
        }

        await using var again = await StartAsync(Free, plans: plan with { Owner = "the stored plan wins" });
        var live = again.Plane.Board.All.Single();
        var (status, weight) = (live.Status, live.Generation.Word.Weight);
        Assert.Equal((RolloutPhase.Progressing, 2, 2500, "v1"), (status.Phase, status.Step, weight, status.Version));
        Assert.Null(live.Plan.Owner);
    }

    private Settings Free => new() { Urls = "http://127.0.0.1:0", AdminUrls = "http://127.0.0.1:0", DataDirectory = _directory, Replica = "r1" };

    private Settings Between(string stable, string canary) => Free with { Stable = [stable], Canary = [canary] };

    private static Task<SnapbackHost> StartAsync(Settings settings, Dictionary<string, string?>? configuration = null, params RolloutPlan[] plans) =>
        SnapbackHost.StartAsync(
            settings, new ConfigurationBuilder().AddInMemoryCollection(configuration ?? []).Build(), plans, Serilog.Core.Logger.None);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Refuses(string url)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Loopback, new Uri(url).Port));
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private async Task<int> CodeAsync(string method, string url, string? host = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        request.Headers.Host = host;
        using var response = await _client.SendAsync(request);
        return (int)response.StatusCode;
    }
}
