using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>What a rollback does with the requests that are still with the canary.</summary>
public sealed class RecallTests
{
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(400);

    private static readonly RolloutPlan Plan = ProxyRig.ByLatency with
    {
        Shield = ShieldTerms.Default,
        Rollback = ProxyRig.Plan.Rollback with { Drain = Drain },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Users_of_a_canary_that_hangs_get_stables_answer_when_it_is_rolled_back_and_wait_for_no_time_out()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan with
        {
            Objectives = [new Objective(ObjectiveMetric.Latency, 0.05, ProxyRig.Limit)],
            Sensitivity = Sensitivity.Balanced,
            Judge = JudgeTerms.Default with { Admission = null },
        });
        rig.Canary.Handle = Handlers.Hang;
        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => rig.GetAsync()));
        Assert.All(answers, answer => Assert.Equal((200, "stable"), answer));
        Assert.InRange(watch.Elapsed, ProxyRig.Limit, TimeSpan.FromSeconds(8));
        await rig.CountedAsync(40);
        var record = rig.Status.Rollback!;
        Assert.Equal((40L, 0L, 0L, 0L), (record.TakenBack, record.Shielded, record.Victims, record.Cut));
        Assert.Equal(40, rig.CanaryStats.Requests);
        Assert.InRange(rig.CanaryStats.Slow, 3, 40);
    }

    [Fact]
    public async Task An_answer_that_comes_in_time_is_still_the_canarys()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan with { Objectives = ProxyRig.Plan.Objectives });
        var answer = new TaskCompletionSource();
        rig.Canary.Handle = async context =>
        {
            await answer.Task;
            await context.Response.WriteAsync("canary");
        };
        var waiting = rig.GetAsync();
        await ProxyRig.HoldsAsync(() => rig.Canary.Sequences.Count == 1, "the canary is asked");
        Assert.NotNull(rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null));
        answer.SetResult();
        Assert.Equal((200, "canary"), await waiting);
    }

    [Fact]
    public async Task A_payment_that_hangs_is_not_asked_of_stable_and_is_cut_in_the_end()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = Handlers.Hang;
        var payment = rig.Client.PostAsync("/", new StringContent("pay"), Stop);
        await ProxyRig.HoldsAsync(() => rig.Canary.Sequences.Count == 1, "the canary is asked");
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        using var answer = await payment;
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        await rig.CountedAsync(1);
        Assert.Equal((0, 1L), (rig.Stable.Sequences.Count, rig.Status.Rollback!.Cut));
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task Of_whose_answer_no_byte_has_left_at_the_end_of_the_drain_time_stable_answers(string forwarder)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan, settings: ("Snapback:Forwarder", forwarder));
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentLength = 6;
            await context.Response.Body.FlushAsync();
            await Handlers.Hang(context);
        };
        var waiting = rig.GetAsync();
        await ProxyRig.HoldsAsync(() => rig.Canary.Sequences.Count == 1, "the canary is asked");
        await Task.Delay(ProxyRig.Limit, Stop);
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.Equal((200, "stable"), await waiting);
        await rig.CountedAsync(1);
        await ProxyRig.HoldsAsync(() => rig.Status.Rollback!.TakenBack == 1, "it is counted as taken back");
        Assert.Equal((0L, 0L, 0), (rig.Status.Rollback!.Cut, rig.Status.Rollback!.Victims, rig.CanaryStats.Failures));
    }

    [Fact]
    public async Task An_upload_that_is_cut_before_its_end_is_told_so()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = Handlers.Hang;
        using var wire = await Faults.Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
        await ProxyRig.HoldsAsync(() => rig.Canary.Sequences.Count == 1, "the canary is asked");
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.StartsWith("HTTP/1.1 408 ", (await wire.HeadAsync())!, StringComparison.Ordinal);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.Status.Rollback!.Cut, rig.CanaryStats.Failures));
    }

    [Theory]
    [InlineData("Content-Length: 9\r\n\r\nhalf", " done")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "5\r\n done\r\n0\r\n\r\n")]
    public async Task An_upload_that_is_taken_back_before_its_end_goes_on_to_stable(string begun, string rest)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = Handlers.Hang;
        rig.Stable.Handle = Handlers.Echo;
        using var wire = await Faults.Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\n{begun}");
        await ProxyRig.HoldsAsync(() => rig.Canary.Sequences.Count == 1, "the canary is asked");
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        await ProxyRig.HoldsAsync(() => rig.Stable.Sequences.Count == 1, "stable is asked");
        await wire.SendAsync(rest);
        var (answer, _) = await wire.ListenAsync(text => text.Contains("half done", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.Status.Rollback!.TakenBack, rig.Status.Rollback!.Victims));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_websocket_with_the_canary_is_cut_when_the_drain_time_is_over_unless_it_is_off(bool drains)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan with { Rollback = Plan.Rollback with { Drain = drains ? Drain : null } });
        rig.Canary.Handle = EchoSocketAsync;
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(rig.Address) { Scheme = "ws" }.Uri, Stop);
        Assert.Equal("hello", await EchoedAsync(socket, "hello"));

        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.Equal("still here", await EchoedAsync(socket, "still here"));
        if (drains)
        {
            await Assert.ThrowsAnyAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[10], Stop));
            await rig.CountedAsync(1);
            Assert.Equal((1L, 1L, 0L), (rig.Status.Rollback!.Cut, rig.Live.CanaryTraffic.WereCut, rig.CanaryStats.Failures));
            // Two frames of two bytes of head each; who met the version met what it said.
            Assert.Equal(2 + "hello".Length + 2 + "still here".Length, rig.Status.Rollback!.Exposure!.Bytes);
        }
        else
        {
            await Task.Delay(Drain * 2, Stop);
            Assert.Equal("and here", await EchoedAsync(socket, "and here"));
        }
    }

    [Theory]
    [InlineData("text/event-stream", false)]
    [InlineData("application/grpc", false)]
    [InlineData("text/event-stream", true)]
    [InlineData("application/grpc", true)]
    public async Task An_event_stream_and_a_grpc_stream_go_on_for_the_drain_time_and_are_cut_after_it(string type, bool endsInTime)
    {
        var isGrpc = type == "application/grpc";
        await using var rig = await ProxyRig.StartAsync(
            plan: Plan with { Rollback = Plan.Rollback with { Drain = endsInTime ? TimeSpan.FromSeconds(20) : Drain } },
            upstreams: isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1,
            settings: isGrpc ? [("Kestrel:EndpointDefaults:Protocols", "Http2")] : []);
        var end = new TaskCompletionSource();
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = type;
            for (var i = 0; !end.Task.IsCompleted; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.WhenAny(end.Task, Task.Delay(20, context.RequestAborted));
            }

            if (isGrpc)
            {
                context.Response.AppendTrailer("grpc-status", "0");
            }
        };
        using var request = new HttpRequestMessage(isGrpc ? HttpMethod.Post : HttpMethod.Get, "/");
        if (isGrpc)
        {
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            request.Content = new ByteArrayContent([0, 0, 0, 0, 0]);
            request.Content.Headers.ContentType = new(type);
        }

        using var answer = await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        await using var stream = await answer.Content.ReadAsStreamAsync(Stop);
        var buffer = new byte[1000];
        Assert.NotEqual(0, await stream.ReadAsync(buffer, Stop));
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.NotEqual(0, await stream.ReadAsync(buffer, Stop));
        if (endsInTime)
        {
            end.SetResult();
            while (await stream.ReadAsync(buffer, Stop) > 0)
            {
            }
        }
        else
        {
            await Assert.ThrowsAnyAsync<IOException>(async () =>
            {
                while (await stream.ReadAsync(buffer, Stop) > 0)
                {
                }
            });
        }

        await rig.CountedAsync(1);
        Assert.Equal((endsInTime ? 0L : 1L, 0L), (rig.Status.Rollback!.Cut, rig.CanaryStats.Failures));
    }

    [Fact]
    public async Task The_drain_time_of_a_stream_runs_from_the_rollback_however_late_an_answer_may_come()
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: Plan with { Objectives = [new Objective(ObjectiveMetric.Latency, 0.5, TimeSpan.FromSeconds(20))] });
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await Handlers.Hang(context);
        };
        using var answer = await rig.Client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stop);
        await using var stream = await answer.Content.ReadAsStreamAsync(Stop);
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null, Stop));
        Assert.InRange(watch.Elapsed, Drain / 2, TimeSpan.FromSeconds(10));
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.Status.Rollback!.Cut, rig.Status.Rollback!.TakenBack));
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[100];
        try
        {
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: WebSocketMessageType.Text, Count: var count })
            {
                await socket.SendAsync(buffer.AsMemory(0, count), WebSocketMessageType.Text, true, context.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The other side is gone, which is what some of these are about.
        }
    }

    private static async Task<string> EchoedAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Stop);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, Stop);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
