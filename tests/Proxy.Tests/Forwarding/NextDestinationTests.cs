using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Observing;
using Xunit;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class NextDestinationTests
{
    private static readonly ClusterModel Cluster = new(new ClusterConfig { ClusterId = "shop" }, new HttpMessageInvoker(new SocketsHttpHandler()));

    private readonly SteppedTime _time = new();
    private readonly HashSet<string> _refusing = [];
    private readonly List<string> _asked = [];
    private readonly DestinationState[] _destinations = [new("a"), new("b"), new("c"), new("d")];

    [Fact]
    public async Task What_takes_no_connection_costs_no_user_an_answer_and_no_arm_a_failure()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 5000, settings:
        [
            ("ReverseProxy:Clusters:shop-stable:Destinations:two:Address", Nobody()),
            ("ReverseProxy:Clusters:shop-canary:Destinations:two:Address", Nobody()),
        ]);
        for (var i = 0; i < 40; i++)
        {
            using var request = new HttpRequestMessage(i % 2 == 0 ? HttpMethod.Get : HttpMethod.Post, "/");
            request.Content = i % 2 == 0 ? null : new StringContent("pay");
            using var answer = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await rig.CountedAsync(40);
        Assert.Equal((0L, 0L), (rig.Generation.Stable.Failures, rig.CanaryStats.Failures));
        Assert.Equal(40, rig.Generation.Stable.Requests + rig.CanaryStats.Requests);
    }

    [Fact]
    public async Task If_none_takes_it_the_arm_has_failed_once()
    {
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", Nobody()),
            ("ReverseProxy:Clusters:shop-canary:Destinations:two:Address", Nobody()),
        ]);
        Assert.Equal(502, (await rig.GetAsync()).Status);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 1L), (rig.CanaryStats.Requests, rig.CanaryStats.Failures));
    }

    [Fact]
    public async Task A_canary_that_is_rolled_back_meanwhile_gets_the_request_at_no_other_destination()
    {
        // Nobody accepts, and once the queue is full the system drops what comes.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        using var filling = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filling.ConnectAsync(silent.LocalEndPoint!, TestContext.Current.CancellationToken);
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, settings:
        [
            ("ReverseProxy:Clusters:shop-canary:LoadBalancingPolicy", "FirstAlphabetical"),
            ("ReverseProxy:Clusters:shop-canary:Destinations:first:Address", $"http://{silent.LocalEndPoint}/"),
        ]);
        using var body = new StringContent("pay");
        var asking = rig.Client.PostAsync(new Uri("/", UriKind.Relative), body, TestContext.Current.CancellationToken);
        await ProxyRig.HoldsAsync(() => rig.Generation.InFlight(Arm.Canary) == 1, "it is on its way");
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);

        using var answer = await asking;
        Assert.Equal("stable", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(rig.Canary.Sequences);
    }

    [Fact]
    public async Task It_rests_for_ten_seconds_and_then_one_request_tries_it()
    {
        var proxy = Make();
        _refusing.Add("a");
        Assert.Equal("a b, b, b", await AskAsync(proxy, 3));

        _time.Pass(NextDestination.Rest);
        Assert.Equal("a b, b", await AskAsync(proxy, 2));

        _refusing.Clear();
        Assert.Equal("b", await AskAsync(proxy, 1));
        _time.Pass(NextDestination.Rest);
        Assert.Equal("a, a", await AskAsync(proxy, 2));
    }

    [Fact]
    public async Task Three_are_tried_and_those_that_rest_if_there_are_no_others()
    {
        var proxy = Make();
        _refusing.UnionWith(["a", "b", "c"]);
        Assert.Equal("a b c", await AskAsync(proxy, 1));
        Assert.Equal("d", await AskAsync(proxy, 1));
        _refusing.Add("d");
        Assert.Equal("d a b", await AskAsync(proxy, 1));
    }

    /// <summary>An address at which nobody listens.</summary>
    private static string Nobody()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return $"http://{socket.LocalEndPoint}/";
    }

    /// <summary>In front of a forwarder that takes the first destination it is offered.</summary>
    private NextDestination Make() => new(
        context =>
        {
            var feature = context.Features.Get<IReverseProxyFeature>()!;
            var destination = feature.AvailableDestinations[0];
            feature.ProxiedDestination = destination;
            _asked.Add(destination.DestinationId);
            if (_refusing.Contains(destination.DestinationId))
            {
                context.Features.Set<IForwarderErrorFeature>(new Refused());
            }

            return Task.CompletedTask;
        },
        Serilog.Core.Logger.None,
        _time);

    /// <returns>Who was asked: a blank between the tries of one request, a comma between requests.</returns>
    private async Task<string> AskAsync(NextDestination proxy, int requests)
    {
        var all = new List<string>();
        for (var i = 0; i < requests; i++)
        {
            var context = new DefaultHttpContext();
            context.Features.Set<IReverseProxyFeature>(
                new ReverseProxyFeature { Cluster = Cluster, AllDestinations = _destinations, AvailableDestinations = _destinations });
            _asked.Clear();
            await proxy.InvokeAsync(context);
            all.Add(string.Join(' ', _asked));
        }

        return string.Join(", ", all);
    }

    private sealed class Refused : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.Request;

        public Exception Exception { get; } = new HttpRequestException(HttpRequestError.ConnectionError);
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan time) => _now += time.Ticks;
    }
}
