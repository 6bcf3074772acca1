using System.Net;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Faults;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>A canary whose trailers no server would send on, behind an answer without a body: of it nothing has left when they are found.</summary>
public sealed class WrongTrailersTests
{
    private static readonly (string, string) Wrong = ("x-end", "a\u0007b");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("yarp", 2)]
    [InlineData("yarp", 1)]
    [InlineData("lean", 1)]
    public async Task Stable_answers_instead_and_the_answer_has_none_of_the_canarys_trailers(string forwarder, int version)
    {
        await using var canary = Serve(version);
        await using var rig = await StartAsync(canary, version, ProxyRig.Shielded, forwarder);
        using var answer = await GetAsync(rig);
        Assert.Equal((HttpStatusCode.OK, "stable"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop)));
        Assert.Empty(answer.TrailingHeaders);
        await rig.ShieldedAsync(1);
        Assert.Equal((1L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral));
    }

    [Theory]
    [InlineData("yarp", 2)]
    [InlineData("lean", 1)]
    public async Task Without_the_shield_it_is_a_bad_gateway(string forwarder, int version)
    {
        await using var canary = Serve(version);
        await using var rig = await StartAsync(canary, version, ProxyRig.Plan, forwarder);
        using var answer = await GetAsync(rig);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await rig.CountedAsync(1);
        Assert.Equal(1, rig.CanaryStats.Failures);
    }

    /// <summary>The copier of an upload that outlived its request read on in the next one's: Kestrel uses a stream's object again.</summary>
    [Fact]
    public async Task The_next_upload_on_the_clients_connection_arrives_whole()
    {
        var arm = new TaskCompletionSource<(Http2Peer Peer, int Stream)>();
        await using var canary = new RawServer(Http2Faults.Serve(async (peer, stream) =>
        {
            await FailAsync(peer, stream);
            arm.SetResult((peer, stream));
        }));
        await using var rig = await StartAsync(canary, 2, ProxyRig.ByLatency, "yarp");
        rig.Stable.Handle = Handlers.Echo;
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        var client = await Http2Asking.OpenAsync(wire);
        await client.HeadersAsync(1, false, Http2Asking.Head("/", "POST"));
        for (var i = 0; i < 7; i++)
        {
            // More than the arm's window of 65,535 bytes, so that the copier waits in the middle.
            await client.DataAsync(1, i == 6, new string('x', 16_000));
        }

        await ProxyRig.HoldsAsync(() => rig.CanaryStats.Failures == 1, "the trailers were found wrong");
        await Task.Delay(50, Stop);
        await client.HeadersAsync(3, false, Http2Asking.Head("/plain/", "POST"));
        await client.DataAsync(3, false, "wh");
        await Task.Delay(50, Stop);
        var (peer, stream) = await arm.Task;
        await peer.WindowUpdateAsync(0, 1_000_000);
        await peer.WindowUpdateAsync(stream, 1_000_000);
        await Task.Delay(50, Stop);
        await client.DataAsync(3, true, "ole");
        Assert.Equal("200 whole", await Http2Asking.HearAsync(client, 3));
    }

    private static RawServer Serve(int version) => new(
        version == 2
            ? Http2Faults.Serve(FailAsync)
            : async wire =>
            {
                var asked = await wire.HeadAsync();
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Canary: c\r\n{Wrong.Item1}: {Wrong.Item2}\r\n\r\n");
                return asked is not null;
            });

    private static async Task FailAsync(Http2Peer peer, int stream)
    {
        await peer.HeadersAsync(stream, false, (":status", "200"));
        await peer.HeadersAsync(stream, true, ("x-canary", "c"), Wrong);
    }

    private static Task<ProxyRig> StartAsync(RawServer canary, int version, RolloutPlan plan, string forwarder) => ProxyRig.StartAsync(
        plan: plan,
        settings:
        [
            ("Kestrel:EndpointDefaults:Protocols", "Http2"),
            ("Snapback:Forwarder", forwarder),
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", $"http://127.0.0.1:{canary.Port}"),
            ("ReverseProxy:Clusters:shop-canary:HttpRequest:VersionPolicy", version == 2 ? "RequestVersionExact" : null),
        ]);

    private static async Task<HttpResponseMessage> GetAsync(ProxyRig rig)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await rig.Client.SendAsync(request, Stop);
    }
}
