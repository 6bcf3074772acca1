using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Faults;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>Which requests stable is asked after the canary failed them, and with which body, on real sockets.</summary>
public sealed class ReplayTests
{
    [Theory]
    [InlineData("POST", false, false)]
    [InlineData("POST", true, true)]
    [InlineData("PATCH", true, true)]
    [InlineData("PUT", false, true)]
    [InlineData("DELETE", false, false)]
    public async Task What_may_act_twice_is_sent_twice_only_by_choice_or_with_a_key(string method, bool key, bool shielded)
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: ProxyRig.Shielded with { Shield = ShieldTerms.Default with { Methods = ["GET", "PUT"] } });
        rig.Canary.Handle = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = 500;
        };
        rig.Stable.Handle = Handlers.Echo;
        var body = new string('x', 50_000);
        Assert.Equal(shielded ? (200, body) : (500, ""), await SendAsync(rig, method, body, key));
        Assert.Equal(shielded ? 1 : 0, rig.Stable.Sequences.Count);
    }

    [Fact]
    public async Task A_post_of_which_nothing_was_sent_is_replayed_without_a_key()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
        await rig.Canary.DisposeAsync();
        rig.Stable.Handle = Handlers.Echo;
        var body = new string('x', 200_000);
        Assert.Equal((200, body), await SendAsync(rig, "POST", body, key: false));
        await rig.ShieldedAsync(1);
        Assert.Equal((1L, 1L), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_post_that_was_sent_before_the_connection_broke_is_not(HttpProtocols protocol)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, upstreams: protocol);
        rig.Stable.Handle = Handlers.Echo;
        rig.Canary.Handle = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Abort();
        };
        Assert.Equal(502, (await SendAsync(rig, "POST", "pay", key: false)).Status);
        Assert.Equal((1, 0, 1L), (rig.Canary.Sequences.Count, rig.Stable.Sequences.Count, rig.CanaryStats.Failures));
    }

    /// <summary>The handler sends a refused stream again by itself: the server said that it did not look at it.</summary>
    [Fact]
    public async Task A_get_whose_streams_the_canary_refuses_is_charged_once_and_answered_by_stable()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, upstreams: HttpProtocols.Http2);
        rig.Canary.Handle = Handlers.RefuseStream;
        Assert.Equal((200, "stable"), await rig.GetAsync());
        await rig.ShieldedAsync(1);
        Assert.Equal((1L, 0L, 1L, 1), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral, rig.CanaryStats.Shielded, rig.Stable.Sequences.Count));
    }

    [Fact]
    public async Task A_post_whose_stream_the_canary_refuses_never_reaches_stable()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, upstreams: HttpProtocols.Http2);
        rig.Canary.Handle = Handlers.RefuseStream;
        Assert.InRange((await SendAsync(rig, "POST", "pay", key: false)).Status, 400, 502);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0), (rig.CanaryStats.Requests, rig.Stable.Sequences.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_passed_on_whole_and_not_replayed(bool lengthKnown)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded with { Shield = ShieldTerms.Default with { MaxBody = 10_000 } });
        var got = 0L;
        rig.Canary.Handle = async context =>
        {
            var whole = new MemoryStream();
            await context.Request.Body.CopyToAsync(whole);
            got = whole.Length;
            context.Response.StatusCode = 500;
        };
        Assert.Equal(500, (await SendAsync(rig, "POST", new string('x', 10_001), key: true, chunked: !lengthKnown)).Status);
        Assert.Equal((10_001, 0), (got, rig.Stable.Sequences.Count));
    }

    [Fact]
    public async Task A_canary_that_answers_before_it_has_read_the_body_leaves_the_rest_to_stable()
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: ProxyRig.Shielded with { Shield = ShieldTerms.Default with { MaxBody = 16 * 1024 * 1024 } });
        rig.Canary.Handle = Handlers.Answer(500);
        rig.Stable.Handle = Handlers.Echo;
        var body = string.Concat(Enumerable.Range(0, 400_000).Select(i => (char)('a' + i % 26)));
        Assert.Equal((200, body), await SendAsync(rig, "POST", body, key: true));
    }

    [Fact]
    public async Task A_canary_over_http2_that_answers_while_its_client_uploads_leaves_the_rest_to_stable()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, upstreams: HttpProtocols.Http2);
        rig.Canary.Handle = Handlers.Answer(500);
        await StableEchoesBothHalvesAsync(rig);
    }

    /// <summary>The reset stops the upload too, and YARP takes that for a client that broke it off.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_canary_over_http2_that_is_lost_between_head_and_body_while_its_client_uploads_leaves_all_of_it_to_stable(bool wholeConnection)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, upstreams: HttpProtocols.Http2);
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.StartAsync();
            await context.Request.Body.ReadExactlyAsync(new byte[4]);
            if (wholeConnection)
            {
                context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
            }
            else
            {
                context.Abort();
            }
        };
        await StableEchoesBothHalvesAsync(rig);
        Assert.Equal((1L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral));
    }

    /// <summary>A read of the body that outlasted its request was in the way of Kestrel's own, which then ended the connection.</summary>
    [Fact]
    public async Task A_canary_over_http2_that_answers_while_its_client_uploads_leaves_the_connection_to_the_next_request()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, upstreams: HttpProtocols.Http2);
        rig.Canary.Handle = Handlers.Answer(413);
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", (await wire.HeadAsync())!, StringComparison.Ordinal);
        await rig.CountedAsync(1);
        rig.Canary.Handle = Handlers.Answer(404);
        await wire.SendAsync("5\r\n done\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var (answer, _) = await wire.ListenAsync(text => text.Contains("HTTP/1.1 404 ", StringComparison.Ordinal));
        Assert.Contains("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Expect", "100-continue")]
    [InlineData("Upgrade", "websocket")]
    [InlineData("Content-Type", "application/grpc")]
    public async Task A_conversation_is_not_begun_again(string header, string value)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
        rig.Canary.Handle = Handlers.Answer(500);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (header == "Content-Type")
        {
            request.Content = new ByteArrayContent([]);
            request.Content.Headers.TryAddWithoutValidation(header, value);
        }
        else
        {
            request.Headers.TryAddWithoutValidation(header, value);
            request.Headers.TryAddWithoutValidation("Connection", header == "Upgrade" ? "Upgrade" : "keep-alive");
        }

        using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.InternalServerError, 0), (response.StatusCode, rig.Stable.Sequences.Count));
    }

    /// <summary>A query for the share of failures must see what users did not.</summary>
    [Theory]
    [InlineData("yarp", 500)]
    [InlineData("yarp", 999)]
    [InlineData("lean", 500)]
    [InlineData("lean", 999)]
    public async Task Each_arm_is_counted_with_the_status_that_it_answered(string forwarder, int status)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, settings: ("Snapback:Forwarder", forwarder));
        rig.Canary.Handle = Handlers.Answer(status);
        Assert.Equal((200, "stable"), await rig.GetAsync());
        await rig.ShieldedAsync(1);
        var counted = new List<int>();
        rig.Live.CanaryTraffic.Each((_, answered, _) => counted.Add(answered));
        Assert.Equal([status], counted);
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task Whom_stable_still_answers_is_no_victim(string forwarder)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, settings: ("Snapback:Forwarder", forwarder));
        rig.Canary.Handle = Handlers.Answer(500);
        rig.Stable.Handle = async context =>
        {
            await context.Response.WriteAsync("begun");
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var first = await rig.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var second = await rig.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var record = Assert.IsType<Rollback>(rig.Status.Rollback);
        Assert.Equal((2L, 0L), (record.Shielded, record.Victims));
    }

    private static async Task StableEchoesBothHalvesAsync(ProxyRig rig)
    {
        rig.Stable.Handle = Handlers.Echo;
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 9\r\n\r\nhalf");
        await ProxyRig.HoldsAsync(() => rig.Stable.Sequences.Count == 1, "stable is asked");
        await wire.SendAsync(" done");
        var (answer, _) = await wire.ListenAsync(text => text.Contains("half done", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Body)> SendAsync(ProxyRig rig, string method, string? body, bool key, bool chunked = false)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = body is null ? null : new StringContent(body) };
        request.Headers.TransferEncodingChunked = chunked ? true : null;
        if (key)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", "1");
        }

        using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
