using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>HTTP/1.1 and HTTP/2 on either side, in every pair.</summary>
public sealed class BothProtocolsTests
{
    public static TheoryData<int, int> Pairs { get; } = new([(1, 1), (1, 2), (2, 1), (2, 2)]);

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_body_passes_in_both_directions_and_trailers_reach_a_client_of_HTTP_2(int client, int upstream)
    {
        await using var rig = await StartAsync(client, upstream);
        rig.Canary.Handle = async context =>
        {
            context.Response.Headers["X-Version"] = context.Request.Protocol;
            context.Response.Headers.Trailer = "X-End";
            await context.Request.Body.CopyToAsync(context.Response.Body);
            if (context.Response.SupportsTrailers())
            {
                context.Response.AppendTrailer("X-End", "end");
            }
        };
        var body = Enumerable.Range(0, 1_000_000).Select(i => (byte)i).ToArray();
        using var response = await SendAsync(rig, client, HttpMethod.Post, new ByteArrayContent(body));
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal((client, $"HTTP/{upstream}"), (response.Version.Major, response.Headers.GetValues("X-Version").Single()[..6]));
        Assert.Equal(client == 2 && upstream == 2 ? ["end"] : [], response.TrailingHeaders.TryGetValues("X-End", out var values) ? values : []);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L, 0L), (rig.CanaryStats.Successes, rig.CanaryStats.Failures, rig.CanaryStats.Neutral));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task HEAD_has_the_length_and_no_body(int client, int upstream)
    {
        await using var rig = await StartAsync(client, upstream);
        rig.Canary.Handle = context =>
        {
            context.Response.ContentLength = 1234;
            return Task.CompletedTask;
        };
        using var response = await SendAsync(rig, client, HttpMethod.Head);
        Assert.Equal((200, 1234L), ((int)response.StatusCode, response.Content.Headers.ContentLength));
        await rig.CountedAsync(1);
        Assert.Equal(1, rig.CanaryStats.Successes);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_event_arrives_before_the_next_is_sent(int client, int upstream)
    {
        await using var rig = await StartAsync(client, upstream);
        var seen = new SemaphoreSlim(0);
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"data:{i}\n\n");
                await context.Response.Body.FlushAsync();
                await seen.WaitAsync(context.RequestAborted);
            }
        };
        using var response = await SendAsync(rig, client, HttpMethod.Get);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(
                ($"data:{i}", ""),
                (await reader.ReadLineAsync(TestContext.Current.CancellationToken), await reader.ReadLineAsync(TestContext.Current.CancellationToken)));
            seen.Release();
        }

        await rig.CountedAsync(1);
        Assert.Equal(1, rig.CanaryStats.Successes);
    }

    [Fact]
    public async Task A_gRPC_call_in_both_directions_at_once_passes_message_by_message()
    {
        await using var rig = await StartAsync(2, 2);
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.StartAsync();
            var buffer = new byte[10];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
                await context.Response.Body.FlushAsync();
            }

            context.Response.AppendTrailer("grpc-status", "0");
        };
        using var content = new Talk();
        var asked = SendAsync(rig, 2, HttpMethod.Post, content);
        // The forwarder sends no headers before there is a first message.
        await content.SayAsync([0]);
        using var response = await asked;
        var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var answer = new byte[10];
        for (byte i = 0; i < 5; i++)
        {
            Assert.Equal((1, i), (await stream.ReadAsync(answer, TestContext.Current.CancellationToken), answer[0]));
            await content.SayAsync([(byte)(i + 1)]);
        }

        content.End();
        Assert.Equal((1, 5), (await stream.ReadAsync(answer, TestContext.Current.CancellationToken), answer[0]));
        Assert.Equal(0, await stream.ReadAsync(answer, TestContext.Current.CancellationToken));
        Assert.Equal(["0"], response.TrailingHeaders.GetValues("grpc-status"));
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.CanaryStats.Successes, rig.CanaryStats.Failures));
    }

    private static Task<ProxyRig> StartAsync(int client, int upstream) => ProxyRig.StartAsync(
        upstreams: upstream == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1,
        settings: ("Kestrel:EndpointDefaults:Protocols", client == 2 ? "Http2" : "Http1"));

    private static async Task<HttpResponseMessage> SendAsync(ProxyRig rig, int version, HttpMethod method, HttpContent? content = null)
    {
        // Not disposed here: that would end a body that goes on while the answer is read.
        var request = new HttpRequestMessage(method, "/")
        {
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        if (content is Talk)
        {
            content.Headers.ContentType = new("application/grpc");
            request.Headers.TE.ParseAdd("trailers");
        }

        return await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>A request body that goes on while the answer is read.</summary>
    private sealed class Talk : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new();
        private readonly TaskCompletionSource _end = new();

        public async Task SayAsync(byte[] message)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(message);
            await stream.FlushAsync();
        }

        public void End() => _end.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
