using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>Users of a canary that fails, in every way that leaves them without an answer, on real sockets.</summary>
public sealed class ShieldTests
{
    private static readonly (string, string?) GivesUpSoon = ("ReverseProxy:Clusters:shop-canary:HttpRequest:ActivityTimeout", "00:00:00.3");

    public static TheoryData<string> Faults => ["500", "refused", "reset", "zero-body", "hang", "bad-headers"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_user_of_a_canary_that_fails_gets_stables_answer_and_the_canary_is_charged_once(string fault)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, settings: GivesUpSoon);
        var phases = new List<RolloutPhase>();
        rig.Stable.Handle = context =>
        {
            phases.Add(rig.Live.Status.Phase);
            return context.Response.WriteAsync("stable");
        };
        await BreakAsync(rig, fault);

        Assert.Equal((200, "stable"), await rig.GetAsync());
        await rig.ShieldedAsync(1);
        Assert.Equal((1L, 1L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded, rig.Generation.Stable.Requests));
        Assert.Equal((200, "stable"), await rig.GetAsync());
        await rig.CountedAsync(2);
        await rig.ShieldedAsync(2);

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

    [Fact]
    public async Task Once_a_byte_went_out_the_answer_is_the_canarys()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
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

    [Fact]
    public async Task A_dead_canary_does_not_double_stables_load()
    {
        // Nobody pulls it: the harm would go on for as long as it is dead.
        await using var rig = await ProxyRig.StartAsync(
            plan: ProxyRig.Shielded with { Shield = ShieldTerms.Default with { Budget = 0.01 } }, settings:
        [
            ("feature_management:feature_flags:0:id", "auto-rollback"),
            ("feature_management:feature_flags:0:enabled", "false"),
        ]);
        rig.Canary.Handle = Handlers.Answer(500);
        for (var i = 0; i < 300; i++)
        {
            await rig.GetAsync();
        }

        // 100 in any case, and one of a hundred requests.
        Assert.InRange(rig.Stable.Sequences.Count, 100, 104);
        await rig.ShieldedAsync(rig.Stable.Sequences.Count);
        Assert.Equal((300L, (long)rig.Stable.Sequences.Count), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded));
        Assert.Equal(300 - rig.Stable.Sequences.Count, rig.Generation.ReplaysRefused);
    }

    [Fact]
    public async Task Where_stable_fails_the_user_too_the_user_is_a_victim()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
        rig.Canary.Handle = Handlers.Answer(500);
        rig.Stable.Handle = Handlers.Answer(503);
        Assert.Equal(503, (await rig.GetAsync()).Status);
        Assert.Equal(503, (await rig.GetAsync()).Status);
        await rig.CountedAsync(2);
        Assert.Equal((0L, 2L), (rig.Status.Rollback!.Shielded, rig.Status.Rollback.Victims));
        Assert.Equal(0, rig.Generation.Stable.Failures);
    }

    [Fact]
    public async Task A_promoted_canary_has_nobody_behind_it()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
        await rig.DoAsync(new RolloutCommand.Promote("ann"));
        rig.Canary.Handle = Handlers.Answer(500);
        Assert.Equal(500, (await rig.GetAsync()).Status);
    }

    [Fact]
    public async Task The_answer_says_that_it_was_replayed_if_the_plan_wants_it_so()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded with { Shield = ShieldTerms.Default with { Header = true } });
        rig.Canary.Handle = Handlers.Answer(500);
        using var shielded = await rig.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await rig.Client.GetAsync("/", TestContext.Current.CancellationToken);
        using var plain = await rig.Client.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(["1"], shielded.Headers.GetValues("x-snapback-shielded"));
        Assert.False(plain.Headers.Contains("x-snapback-shielded"));
    }

    private static Task Reset(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static async Task EndBeforeTheBody(HttpContext context)
    {
        context.Response.ContentLength = 10;
        await context.Response.StartAsync();
        context.Abort();
    }

    private static Task AnswerWithAForbiddenByte(HttpContext context)
    {
        context.Response.Headers["Sec-WebSocket-Accept"] = "\u0001";
        return Task.CompletedTask;
    }

    private static async Task BreakAsync(ProxyRig rig, string fault)
    {
        rig.Canary.Handle = fault switch
        {
            "500" => Handlers.Answer(500),
            "hang" => Handlers.Hang,
            "reset" => Reset,
            "zero-body" => EndBeforeTheBody,
            _ => AnswerWithAForbiddenByte,
        };
        if (fault == "refused")
        {
            await rig.Canary.DisposeAsync();
        }
    }
}
