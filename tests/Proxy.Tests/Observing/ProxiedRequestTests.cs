using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Proxy.Tests.Observing;

/// <summary>What a response shows of its arm, whatever its kind: one outcome, and at most one latency.</summary>
public sealed class ProxiedRequestTests
{
    private static readonly TimeSpan Slow = ProxyRig.Limit * 1.6;
    private static readonly TimeSpan ClientsTime = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(LatencyKind.FirstByte, "text/plain", 0)]
    [InlineData(LatencyKind.Total, "text/plain", 1)]
    [InlineData(LatencyKind.Total, "text/event-stream", 0)]
    public async Task A_slow_body_is_slow_only_where_the_whole_response_is_measured(LatencyKind kind, string type, int slow)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.ByLatency with { Latency = kind });
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = type;
            await context.Response.WriteAsync("a");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Slow);
            await context.Response.WriteAsync("b");
        };
        Assert.Equal((200, "ab"), await rig.GetAsync());
        await rig.CountedAsync(1);
        Assert.Equal((1L, slow, 1L), (rig.CanaryStats.Successes, (int)rig.CanaryStats.Slow, rig.CanaryStats.Latency.Count));
    }

    [Theory]
    [InlineData(LatencyKind.FirstByte)]
    [InlineData(LatencyKind.Total)]
    public async Task A_slow_header_is_slow_either_way(LatencyKind kind)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.ByLatency with { Latency = kind });
        rig.Canary.Handle = _ => Task.Delay(Slow);
        await rig.GetAsync();
        await rig.CountedAsync(1);
        Assert.Equal((1L, 1L), (rig.CanaryStats.Successes, rig.CanaryStats.Slow));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_client_that_uploads_slowly_does_not_make_the_canary_slow(bool slowCanary, int slow)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.ByLatency);
        rig.Canary.Handle = async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var text = await reader.ReadToEndAsync();
            await Task.Delay(slowCanary ? Slow : TimeSpan.Zero);
            await context.Response.WriteAsync(text);
        };
        using var content = new SlowContent(Slow);
        using var response = await rig.Client.PostAsync("/", content, TestContext.Current.CancellationToken);
        Assert.Equal("ab", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await rig.CountedAsync(1);
        Assert.Equal((1L, slow, 1L), (rig.CanaryStats.Successes, (int)rig.CanaryStats.Slow, rig.CanaryStats.Latency.Count));
    }

    [Theory]
    [InlineData("yarp", "1.0")]
    [InlineData("lean", "1.0")]
    [InlineData("lean", "1.1")]
    public async Task A_client_that_reads_many_chunks_slowly_does_not_make_the_canary_slow(string forwarder, string http)
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: ProxyRig.ByLatency with { Latency = LatencyKind.Total }, settings: ("Snapback:Forwarder", forwarder));
        rig.Canary.Handle = async context =>
        {
            // More than the sockets hold, and several chunks at a time.
            for (var i = 0; i < 3000; i++)
            {
                await context.Response.Body.WriteAsync(new byte[2000]);
            }
        };
        using var wire = await Faults.Wire.OpenAsync(rig.Address.Port, receiveBuffer: 4096);
        await wire.SendAsync($"GET / HTTP/{http}\r\nHost: a\r\nConnection: close\r\n\r\n");
        await Task.Delay(ClientsTime, TestContext.Current.CancellationToken);
        await wire.DrainAsync();
        await rig.CountedAsync(1);
        Assert.InRange(rig.CanaryStats.Latency.Quantile(0.95)!.Value, TimeSpan.Zero, ClientsTime / 2);
    }

    [Fact]
    public async Task A_fast_failure_is_no_latency()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.ByLatency);
        rig.Canary.Handle = Handlers.Answer(500);
        await rig.GetAsync();
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Slow, rig.CanaryStats.Latency.Count));
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_a_failure_although_its_status_was_200()
    {
        await using var rig = await ProxyRig.StartAsync();
        var arrived = new TaskCompletionSource();
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("a");
            await context.Response.Body.FlushAsync();
            await arrived.Task;
            context.Abort();
        };
        using var response = await rig.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        arrived.SetResult();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True(response.IsSuccessStatusCode);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Successes));
    }

    [Theory]
    [InlineData("header", "0", 0)]
    [InlineData("header", "5", 0)]
    [InlineData("header", "13", 1)]
    [InlineData("trailer", "0", 0)]
    [InlineData("trailer", "14", 1)]
    [InlineData("trailer", "nonsense", 1)]
    [InlineData("nowhere", "", 1)]
    public async Task A_gRPC_call_is_judged_by_its_status_wherever_it_stands(string where, string status, int failures)
    {
        await using var rig = await ProxyRig.StartAsync(upstreams: HttpProtocols.Http2);
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = "application/grpc";
            if (where == "header")
            {
                context.Response.Headers["grpc-status"] = status;
                return;
            }

            await context.Response.Body.WriteAsync(new byte[5]);
            if (where == "trailer")
            {
                context.Response.AppendTrailer("grpc-status", status);
            }
        };
        using var call = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } },
        };
        using var answer = await rig.Client.SendAsync(call, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
        await rig.CountedAsync(1);
        Assert.Equal((failures, 1 - failures), ((int)rig.CanaryStats.Failures, (int)rig.CanaryStats.Successes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_WebSocket_passes_and_its_handshake_is_its_latency(int version)
    {
        var protocols = version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        await using var rig = await ProxyRig.StartAsync(
            plan: ProxyRig.ByLatency with { Latency = LatencyKind.Total },
            settings: ("Kestrel:EndpointDefaults:Protocols", protocols.ToString()));
        rig.Canary.Handle = async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            await Task.Delay(Slow);
            await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, true, CancellationToken.None);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        };
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = new Version(version, version == 1 ? 1 : 0);
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await client.ConnectAsync(new UriBuilder(rig.Address) { Scheme = "ws" }.Uri, invoker, TestContext.Current.CancellationToken);
        await client.SendAsync("hi"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var answer = new byte[100];
        var received = await client.ReceiveAsync(answer.AsMemory(), TestContext.Current.CancellationToken);
        Assert.Equal(2, received.Count);
        await client.ReceiveAsync(answer.AsMemory(), TestContext.Current.CancellationToken);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L, 1L), (rig.CanaryStats.Successes, rig.CanaryStats.Slow, rig.CanaryStats.Latency.Count));
    }

    [Fact]
    public async Task A_stream_that_was_accepted_takes_no_place_in_the_window_of_its_step_or_of_the_next()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 5_000);
        var over = new TaskCompletionSource();
        rig.Stable.Handle = rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data\n\n");
            await context.Response.Body.FlushAsync();
            await over.Task;
        };
        var streams = new List<HttpResponseMessage>();
        while (rig.Generation.InFlight(Arm.Canary) < 3)
        {
            Assert.True(streams.Count < 100, "The canary gets none of 100 streams more.");
            streams.Add(await rig.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        }

        await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(6_000), "v1", "ann"));
        Pick[] picks = [.. Enumerable.Range(0, 3).Select(_ => rig.Generation.Pick(0))];
        Assert.Equal([Arm.Canary, Arm.Canary, Arm.Stable], picks.Select(pick => pick.Arm));
        Array.ForEach(picks, pick => rig.Generation.Leave(pick.Arm));
        over.SetResult();
        await rig.CountedAsync(streams.Count);
        streams.ForEach(stream => stream.Dispose());

        await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(7_000), "v1", "ann"));
        Assert.Equal(2, Enumerable.Range(0, 10).Count(_ => rig.Generation.Pick(0).Arm == Arm.Canary));
    }

    /// <summary>Two bytes, and a long pause between them.</summary>
    private sealed class SlowContent(TimeSpan pause) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync("a"u8.ToArray());
            await stream.FlushAsync();
            await Task.Delay(pause);
            await stream.WriteAsync("b"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 2;
            return true;
        }
    }
}
