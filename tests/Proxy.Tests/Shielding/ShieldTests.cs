using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>Users of a canary that fails, in every way that leaves them without an answer, on real sockets.</summary>
public sealed class ShieldTests
{
    private static readonly (string, string?) GivesUpSoon = ("ReverseProxy:Clusters:shop-canary:HttpRequest:ActivityTimeout", "00:00:00.3");

    private static readonly RolloutPlan Plan = ProxyRig.Plan with { Shield = ShieldTerms.Default };

    public static TheoryData<string> Faults => ["500", "refused", "reset", "zero-body", "hang", "bad-headers"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_user_of_a_canary_that_fails_gets_stables_answer_and_the_canary_is_charged_once(string fault)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan, settings: GivesUpSoon);
        var phases = new List<RolloutPhase>();
        rig.Stable.Handle = context =>
        {
            phases.Add(rig.Live.Status.Phase);
            return context.Response.WriteAsync("stable");
        };
        await BreakAsync(rig, fault);

        Assert.Equal((200, "stable"), await rig.GetAsync());
        Assert.Equal((1L, 1L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded, rig.Generation.Stable.Requests));
        Assert.Equal((200, "stable"), await rig.GetAsync());
        await rig.CountedAsync(2);

        // The second failure decided, and it was decided before stable was asked.
        Assert.Equal([RolloutPhase.Progressing, RolloutPhase.RolledBack], phases);
        var record = rig.Status.Rollback!;
        Assert.Equal((2L, 2L, 0L, 0u), (record.FailuresAtDecision, record.Shielded, record.Victims, record.CanaryAfterDecision));
        Assert.Equal((0L, 0L), (rig.Generation.Stable.Latency.Count, rig.Live.StableTraffic.Duration.Count));
        Assert.Equal((200, "stable"), await rig.GetAsync());
        await rig.CountedAsync(3);
        Assert.Equal((2L, 1L, 2L), (rig.CanaryStats.Requests, rig.Generation.Stable.Requests, rig.Live.CanaryTraffic.Shielded));
    }

    [Fact]
    public async Task Without_the_shield_the_user_sees_the_failure()
    {
        await using var rig = await ProxyRig.StartAsync();
        await BreakAsync(rig, "500");
        Assert.Equal(500, (await rig.GetAsync()).Status);
    }

    [Theory]
    [InlineData("POST", false, false)]
    [InlineData("POST", true, true)]
    [InlineData("PATCH", true, true)]
    [InlineData("PUT", false, true)]
    [InlineData("DELETE", false, false)]
    public async Task What_may_act_twice_is_sent_twice_only_by_choice_or_with_a_key(string method, bool key, bool shielded)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan with { Shield = ShieldTerms.Default with { Methods = ["GET", "PUT"] } });
        rig.Canary.Handle = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = 500;
        };
        rig.Stable.Handle = EchoAsync;
        var body = new string('x', 50_000);
        Assert.Equal(shielded ? (200, body) : (500, ""), await SendAsync(rig, method, body, key));
        Assert.Equal(shielded ? 1 : 0, rig.Stable.Sequences.Count);
    }

    [Fact]
    public async Task A_post_of_which_nothing_was_sent_is_replayed_without_a_key()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        await BreakAsync(rig, "refused");
        rig.Stable.Handle = EchoAsync;
        var body = new string('x', 200_000);
        Assert.Equal((200, body), await SendAsync(rig, "POST", body, key: false));
        Assert.Equal((1L, 1L), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_post_that_was_sent_before_the_connection_broke_is_not(HttpProtocols protocol)
    {
        await using var rig = await StartAsync(protocol, Plan);
        rig.Stable.Handle = EchoAsync;
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
        await using var rig = await StartAsync(HttpProtocols.Http2, Plan);
        rig.Canary.Handle = RefuseStreamAsync;
        Assert.Equal((200, "stable"), await rig.GetAsync());
        Assert.Equal((1L, 0L, 1L, 1), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral, rig.CanaryStats.Shielded, rig.Stable.Sequences.Count));
    }

    [Fact]
    public async Task A_post_whose_stream_the_canary_refuses_never_reaches_stable()
    {
        await using var rig = await StartAsync(HttpProtocols.Http2, Plan);
        rig.Canary.Handle = RefuseStreamAsync;
        Assert.InRange((await SendAsync(rig, "POST", "pay", key: false)).Status, 400, 502);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0), (rig.CanaryStats.Requests, rig.Stable.Sequences.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_passed_on_whole_and_not_replayed(bool lengthKnown)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan with { Shield = ShieldTerms.Default with { MaxBody = 10_000 } });
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
        await using var rig = await ProxyRig.StartAsync(plan: Plan with { Shield = ShieldTerms.Default with { MaxBody = 16 * 1024 * 1024 } });
        rig.Canary.Handle = RolloutMiddlewareTests.Answer(500);
        rig.Stable.Handle = EchoAsync;
        var body = string.Concat(Enumerable.Range(0, 400_000).Select(i => (char)('a' + i % 26)));
        Assert.Equal((200, body), await SendAsync(rig, "POST", body, key: true));
    }

    [Fact]
    public async Task A_canary_over_http2_that_answers_while_its_client_uploads_leaves_the_rest_to_stable()
    {
        await using var rig = await StartAsync(HttpProtocols.Http2, Plan);
        rig.Canary.Handle = RolloutMiddlewareTests.Answer(500);
        rig.Stable.Handle = EchoAsync;
        using var wire = await Tests.Faults.Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 9\r\n\r\nhalf");
        await ProxyRig.HoldsAsync(() => rig.Stable.Sequences.Count == 1, "stable is asked");
        await wire.SendAsync(" done");
        var (answer, _) = await wire.ListenAsync(text => text.Contains("half done", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_a_byte_went_out_the_answer_is_the_canarys()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await Task.Delay(100);
            context.Abort();
        };
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => rig.GetAsync());
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L, 0), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded, rig.Stable.Sequences.Count));
    }

    [Theory]
    [InlineData("Expect", "100-continue")]
    [InlineData("Upgrade", "websocket")]
    [InlineData("Content-Type", "application/grpc")]
    public async Task A_conversation_is_not_begun_again(string header, string value)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = RolloutMiddlewareTests.Answer(500);
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

    [Fact]
    public async Task A_dead_canary_does_not_double_stables_load()
    {
        // Nobody pulls it: the harm would go on for as long as it is dead.
        await using var rig = await ProxyRig.StartAsync(plan: Plan with { Shield = ShieldTerms.Default with { Budget = 0.01 } }, settings:
        [
            ("feature_management:feature_flags:0:id", "auto-rollback"),
            ("feature_management:feature_flags:0:enabled", "false"),
        ]);
        rig.Canary.Handle = RolloutMiddlewareTests.Answer(500);
        for (var i = 0; i < 300; i++)
        {
            await rig.GetAsync();
        }

        // 100 in any case, and one of a hundred requests.
        Assert.InRange(rig.Stable.Sequences.Count, 100, 104);
        Assert.Equal((300L, (long)rig.Stable.Sequences.Count), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded));
        Assert.Equal(300 - rig.Stable.Sequences.Count, rig.Generation.ReplaysRefused);
    }

    [Fact]
    public async Task Where_stable_fails_the_user_too_the_user_is_a_victim()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = RolloutMiddlewareTests.Answer(500);
        rig.Stable.Handle = RolloutMiddlewareTests.Answer(503);
        Assert.Equal(503, (await rig.GetAsync()).Status);
        Assert.Equal(503, (await rig.GetAsync()).Status);
        await rig.CountedAsync(2);
        Assert.Equal((0L, 2L), (rig.Status.Rollback!.Shielded, rig.Status.Rollback.Victims));
        Assert.Equal(0, rig.Generation.Stable.Failures);
    }

    [Fact]
    public async Task A_promoted_canary_has_nobody_behind_it()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        await rig.DoAsync(new RolloutCommand.Promote("ann"));
        rig.Canary.Handle = RolloutMiddlewareTests.Answer(500);
        Assert.Equal(500, (await rig.GetAsync()).Status);
    }

    [Fact]
    public async Task The_answer_says_that_it_was_replayed_if_the_plan_wants_it_so()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan with { Shield = ShieldTerms.Default with { Header = true } });
        rig.Canary.Handle = RolloutMiddlewareTests.Answer(500);
        using var shielded = await rig.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await rig.Client.GetAsync("/", TestContext.Current.CancellationToken);
        using var plain = await rig.Client.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(["1"], shielded.Headers.GetValues("x-snapback-shielded"));
        Assert.False(plain.Headers.Contains("x-snapback-shielded"));
    }

    private static Task<ProxyRig> StartAsync(HttpProtocols upstreams, RolloutPlan plan) => ProxyRig.StartAsync(plan: plan, upstreams: upstreams, settings: upstreams == HttpProtocols.Http2
        ? [
            ("ReverseProxy:Clusters:shop-stable:HttpRequest:Version", "2"), ("ReverseProxy:Clusters:shop-stable:HttpRequest:VersionPolicy", "RequestVersionExact"),
            ("ReverseProxy:Clusters:shop-canary:HttpRequest:Version", "2"), ("ReverseProxy:Clusters:shop-canary:HttpRequest:VersionPolicy", "RequestVersionExact"),
        ]
        : []);

    private static async Task BreakAsync(ProxyRig rig, string fault)
    {
        rig.Canary.Handle = fault switch
        {
            "500" => RolloutMiddlewareTests.Answer(500),
            "hang" => RolloutMiddlewareTests.Hang,
            "reset" => context =>
            {
                context.Abort();
                return Task.CompletedTask;
            },
            "zero-body" => async context =>
            {
                context.Response.ContentLength = 10;
                await context.Response.StartAsync();
                context.Abort();
            },
            _ => context =>
            {
                context.Response.Headers["Sec-WebSocket-Accept"] = "\u0001";
                return Task.CompletedTask;
            },
        };
        if (fault == "refused")
        {
            await rig.Canary.DisposeAsync();
        }
    }

    private static Task RefuseStreamAsync(HttpContext context)
    {
        const int refusedStream = 7;
        context.Features.Get<IHttpResetFeature>()!.Reset(refusedStream);
        return Task.CompletedTask;
    }

    internal static async Task EchoAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        await context.Response.WriteAsync(await reader.ReadToEndAsync());
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
