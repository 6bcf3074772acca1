using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Snapback.Proxy.Tests.Observing;

/// <summary>What a client of HTTP/2 is told when its arm is lost in the middle of an answer: that it failed, not that somebody cancelled it.</summary>
public sealed class BrokenStreamTests
{
    private const int InternalError = 2;

    [Theory]
    [InlineData("yarp", HttpProtocols.Http1)]
    [InlineData("yarp", HttpProtocols.Http2)]
    [InlineData("lean", HttpProtocols.Http1)]
    public async Task An_answer_that_breaks_off_resets_its_stream_with_an_internal_error(string forwarder, HttpProtocols upstreams)
    {
        var breaks = new SemaphoreSlim(0);
        await using var rig = await StartAsync(forwarder, upstreams, async context =>
        {
            await context.Response.WriteAsync("abc");
            await context.Response.Body.FlushAsync();
            await breaks.WaitAsync();
            context.Abort();
        });
        Assert.Equal(InternalError, await HearAsync(rig, () => breaks.Release()));
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral));
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task An_answer_that_stalls_does_too(string forwarder)
    {
        await using var rig = await StartAsync(forwarder, HttpProtocols.Http1, async context =>
        {
            await context.Response.WriteAsync("abc");
            await Handlers.Hang(context);
        });
        Assert.Equal(InternalError, await HearAsync(rig, () => { }));
    }

    private static Task<ProxyRig> StartAsync(string forwarder, HttpProtocols upstreams, RequestDelegate canary) => StartAsync(
        canary,
        upstreams,
        ("Kestrel:EndpointDefaults:Protocols", "Http2"),
        ("Snapback:Forwarder", forwarder),
        ("ReverseProxy:Clusters:shop-canary:HttpRequest:ActivityTimeout", "00:00:02"));

    private static async Task<ProxyRig> StartAsync(RequestDelegate canary, HttpProtocols upstreams, params (string, string?)[] settings)
    {
        var rig = await ProxyRig.StartAsync(upstreams: upstreams, settings: settings);
        rig.Canary.Handle = canary;
        return rig;
    }

    /// <summary>The code that ends a stream of which three bytes have come.</summary>
    private static async Task<long> HearAsync(ProxyRig rig, Action begun)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[3], TestContext.Current.CancellationToken);
        begun();
        var end = await Assert.ThrowsAnyAsync<IOException>(() => body.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken).AsTask());
        return (end as HttpProtocolException ?? Assert.IsType<HttpProtocolException>(end.InnerException)).ErrorCode;
    }
}
