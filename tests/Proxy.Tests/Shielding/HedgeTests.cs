using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>A race between a slow canary and stable for one user, on real sockets.</summary>
public sealed class HedgeTests
{
    private static readonly RolloutPlan Plan = ProxyRig.ByLatency with
    {
        Shield = ShieldTerms.Default with { Hedge = true, Header = true, Methods = ["GET", "PUT"] },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_user_of_a_canary_that_hangs_has_stables_answer_at_the_limit_and_the_canary_is_cancelled_and_slow_once(HttpProtocols upstreams)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan, upstreams: upstreams);
        var aborted = new TaskCompletionSource();
        rig.Canary.Handle = context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            return Handlers.Hang(context);
        };
        rig.Stable.Handle = async context =>
        {
            await SlowAsync(rig, 1);
            context.Response.Headers.ETag = "\"1\"";
            await context.Response.WriteAsync(new string('s', 300_000));
        };
        var watch = Stopwatch.StartNew();
        using var answer = await rig.Client.GetAsync("/", Stop);
        Assert.Equal(
            (HttpStatusCode.OK, 300_000, "\"1\"", "1"),
            (answer.StatusCode, (await answer.Content.ReadAsStringAsync(Stop)).Length,
                answer.Headers.ETag?.Tag, answer.Headers.GetValues("x-snapback-shielded").Single()));
        Assert.InRange(watch.Elapsed, ProxyRig.Limit, TimeSpan.FromSeconds(8));
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await EndedAsync(rig, 1);
        await ProxyRig.HoldsAsync(() => rig.CanaryStats.Hedged > 0, "the race is counted");
        Assert.Equal((1L, 0L, 1L, 1L), (rig.CanaryStats.Slow, rig.CanaryStats.Failures, rig.CanaryStats.Neutral, rig.CanaryStats.Hedged));
        // Nobody drew it, and it says nothing of stable's latency.
        Assert.Equal((0L, 0L), (rig.Generation.Stable.Requests, rig.Generation.Stable.Latency.Count));
    }

    [Fact]
    public async Task The_canarys_answer_is_its_users_if_it_comes_first_and_stable_is_cancelled()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        var (asked, aborted) = (new TaskCompletionSource(), new TaskCompletionSource());
        rig.Stable.Handle = context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            asked.SetResult();
            return Handlers.Hang(context);
        };
        rig.Canary.Handle = async context =>
        {
            await asked.Task;
            await SlowAsync(rig, 1);
            await context.Response.WriteAsync("canary");
        };
        Assert.Equal((200, "canary"), await rig.GetAsync());
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await EndedAsync(rig, 1);
        Assert.Equal((1L, 1L, 0L), (rig.CanaryStats.Slow, rig.CanaryStats.Successes, rig.CanaryStats.Hedged));
        var ofStable = 0L;
        rig.Live.StableTraffic.Each((_, _, count) => ofStable += count);
        Assert.Equal(0, ofStable);
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("PUT", true)]
    [InlineData("DELETE", false)]
    public async Task What_may_act_is_never_asked_of_both(string method, bool hasBody)
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = async context =>
        {
            await Task.Delay(ProxyRig.Limit * 3, Stop);
            await context.Response.WriteAsync("canary");
        };
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = hasBody ? new StringContent("pay") : null };
        request.Headers.Add("Idempotency-Key", "1");
        using var answer = await rig.Client.SendAsync(request, Stop);
        Assert.Equal("canary", await answer.Content.ReadAsStringAsync(Stop));
        Assert.Empty(rig.Stable.Sequences);
    }

    [Fact]
    public async Task A_canary_that_fails_while_stable_is_asked_is_charged_once_and_stable_is_asked_once()
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: Plan with { Objectives = [.. Plan.Objectives, new Objective(ObjectiveMetric.SuccessRate, 0.5, TimeSpan.Zero)] });
        var (asked, failed) = (new TaskCompletionSource(), new TaskCompletionSource());
        rig.Stable.Handle = async context =>
        {
            asked.SetResult();
            await failed.Task;
            await Task.Delay(100, Stop);
            await context.Response.WriteAsync("stable");
        };
        rig.Canary.Handle = async context =>
        {
            await asked.Task;
            await SlowAsync(rig, 1);
            context.Response.StatusCode = 500;
            failed.SetResult();
        };
        Assert.Equal((200, "stable"), await rig.GetAsync());
        await EndedAsync(rig, 1);
        Assert.Equal((1L, 1L, 1L, 0L), (rig.CanaryStats.Slow, rig.CanaryStats.Failures, rig.CanaryStats.Shielded, rig.CanaryStats.Hedged));
        Assert.Single(rig.Stable.Sequences);
    }

    [Fact]
    public async Task If_stable_fails_the_canarys_late_answer_is_better_than_none()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Stable.Handle = context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        rig.Canary.Handle = async context =>
        {
            await Task.Delay(ProxyRig.Limit * 3, Stop);
            await context.Response.WriteAsync("late");
        };
        Assert.Equal((200, "late"), await rig.GetAsync());
    }

    [Fact]
    public async Task The_slowest_of_a_hundred_users_of_a_canary_that_is_sometimes_slow_waits_for_little_more_than_the_limit()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan);
        rig.Canary.Handle = async context =>
        {
            await Task.Delay(context.Request.Path == "/slow" ? TimeSpan.FromSeconds(15) : TimeSpan.Zero, context.RequestAborted);
            await context.Response.WriteAsync("canary");
        };
        var (slowest, slow, hedged) = (TimeSpan.Zero, 0L, 0);
        rig.Stable.Handle = async context =>
        {
            await (context.Request.Path == "/slow" ? SlowAsync(rig, slow + 1) : Task.CompletedTask);
            await context.Response.WriteAsync("stable");
        };
        for (var i = 1; i <= 100; i++)
        {
            slow = rig.CanaryStats.Slow;
            var watch = Stopwatch.StartNew();
            var (status, body) = await rig.GetAsync(i % 10 == 0 ? "/slow" : "/");
            Assert.Equal(200, status);
            // Where nothing but this test makes it slow, a busy machine may.
            Assert.True(body == "stable" || i % 10 > 0, body);
            hedged += body == "stable" ? 1 : 0;
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        Assert.InRange(slowest, ProxyRig.Limit, TimeSpan.FromSeconds(10));
        await ProxyRig.HoldsAsync(() => rig.CanaryStats.Hedged == hedged, $"{hedged} users had stable's answer");
    }

    [Fact]
    public async Task The_budget_holds_for_races_too()
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: Plan with { Shield = Plan.Shield! with { Budget = 0.0001 }, Judge = JudgeTerms.Default with { Admission = null } });
        rig.Canary.Handle = async context =>
        {
            await Task.Delay(ProxyRig.Limit * 4, context.RequestAborted);
            await context.Response.WriteAsync("canary");
        };
        var answers = await Task.WhenAll(Enumerable.Range(0, 160).Select(_ => rig.GetAsync()));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        // Ten a second for ten seconds in any case.
        Assert.InRange(answers.Count(answer => answer.Body == "stable"), 50, 101);
        Assert.True(rig.Generation.ReplaysRefused > 0);
    }

    /// <summary>Whatever the machine does meanwhile: what a pause of it takes is not counted against the canary.</summary>
    private static Task SlowAsync(ProxyRig rig, long requests) =>
        ProxyRig.HoldsAsync(() => rig.CanaryStats.Slow >= requests, $"{requests} are counted as slow");

    private static Task EndedAsync(ProxyRig rig, long canarys) =>
        ProxyRig.HoldsAsync(
            () =>
                rig.CanaryStats.Requests == canarys
                    && rig.Generation.InFlight(Arm.Canary) == 0
                    && rig.Generation.InFlight(Arm.Stable) == 0,
            "all have ended");
}
