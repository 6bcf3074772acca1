using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Proxy.Splitting;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

/// <summary>Who may choose an arm, and what such a request is left out of, over real sockets.</summary>
public sealed class ForcedArmTests
{
    private static readonly (string, string?) LoopbackIsTrusted = ("Snapback:OverrideCallers", "127.0.0.0/8");

    [Fact]
    public async Task A_token_gets_its_arm_and_reaches_neither_arm()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0);
        var seen = new List<string>();
        rig.Canary.Handle = async context =>
        {
            seen.AddRange(
                context.Request.Headers.Select(header => header.Key).Where(name => name.StartsWith("x-snapback", StringComparison.OrdinalIgnoreCase)));
            await Task.CompletedTask;
        };
        using var response = await SendAsync(rig, (OverrideToken.Header, Token(rig, Arm.Canary)), (ForcedArm.Header, "stable"));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("canary", response.Headers.GetValues(ForcedArm.Header).Single());
        Assert.Equal(["x-snapback-seq"], seen.Select(name => name.ToLowerInvariant()));

        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Full, null, "ann"));
        Assert.Equal((200, "stable"), await rig.GetAsync("/", (OverrideToken.Header, Token(rig, Arm.Stable))));
    }

    [Theory]
    [InlineData("x-snapback-arm", "canary")]
    [InlineData("X-Snapback-Override", "canary")]
    [InlineData("x_snapback_arm", "canary")]
    [InlineData("x-snapback-override", "k.shop.canary.9999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Whoever_has_no_token_gets_what_everybody_gets_and_no_hint(string name, string value)
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0);
        using var response = await SendAsync(rig, (name, value));
        Assert.Equal("stable", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.False(response.Headers.Contains(ForcedArm.Header));
        Assert.Equal(0, rig.Generation.Stable.Forced + rig.CanaryStats.Forced);
    }

    [Theory]
    [InlineData("other", 60)]
    [InlineData("shop", -1)]
    public async Task A_token_of_another_rollout_or_an_expired_one_is_nothing(string rollout, int seconds)
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0);
        Assert.Equal((200, "stable"), await rig.GetAsync("/", (OverrideToken.Header, Token(rig, Arm.Canary, rollout, seconds))));
        await rig.CountedAsync(1);
        Assert.Equal(0, rig.Generation.Stable.Forced);
    }

    [Fact]
    public async Task Of_several_tokens_each_is_for_its_own_rollout_and_of_two_for_one_the_first_counts()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0);
        var (ours, others) = (Token(rig, Arm.Canary), Token(rig, Arm.Stable, "other"));
        Assert.Equal((200, "canary"), await rig.GetAsync("/", (OverrideToken.Header, others), (OverrideToken.Header, ours)));
        Assert.Equal((200, "canary"), await rig.GetAsync("/", (OverrideToken.Header, $"{ours}, {others}")));
        Assert.Equal((200, "canary"), await rig.GetAsync("/", (OverrideToken.Header, $"{ours},{ours}")));
        Assert.Equal((200, "canary"), await rig.GetAsync("/", (OverrideToken.Header, $", nonsense, {ours} , {Token(rig, Arm.Stable)}")));
        Assert.Equal((200, "stable"), await rig.GetAsync("/", (OverrideToken.Header, $"{Token(rig, Arm.Stable)}, {ours}")));
        Assert.Equal((200, "stable"), await rig.GetAsync("/", (OverrideToken.Header, $"{ours}{ours}")));
        Assert.Equal((200, "stable"), await rig.GetAsync("/", (OverrideToken.Header, ",")));
    }

    [Fact]
    public async Task A_trusted_callers_word_is_taken()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0, settings: LoopbackIsTrusted);
        Assert.Equal((200, "canary"), await rig.GetAsync("/", (ForcedArm.Header, "canary")));
        Assert.Equal((200, "stable"), await rig.GetAsync("/", (ForcedArm.Header, "both")));
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task An_answer_that_its_arm_broke_says_which_arm_that_was(string forwarder)
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0, settings: [LoopbackIsTrusted, ("Snapback:Forwarder", forwarder)]);
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentLength = 9;
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        using var response = await SendAsync(rig, (ForcedArm.Header, "canary"));
        Assert.Equal((502, "canary"), ((int)response.StatusCode, response.Headers.GetValues(ForcedArm.Header).Single()));
    }

    [Fact]
    public async Task Forced_requests_are_in_no_verdict_no_gate_and_no_count_of_victims()
    {
        var plan = ProxyRig.Plan with
        {
            Objectives = [.. ProxyRig.Plan.Objectives, new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(20))],
        };
        await using var rig = await ProxyRig.StartAsync(plan: plan, settings: LoopbackIsTrusted);
        rig.Canary.Handle = async context =>
        {
            await Task.Delay(30);
            context.Response.StatusCode = 500;
        };
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => rig.GetAsync("/", (ForcedArm.Header, "canary"))));
        await ProxyRig.HoldsAsync(() => rig.CanaryStats.Forced == 50, "fifty were counted apart");
        Assert.Equal((0L, 0L, 0L, 0L), (rig.CanaryStats.Requests, rig.CanaryStats.Failures, rig.CanaryStats.Slow, rig.CanaryStats.Latency.Count));
        Assert.Equal(
            (RolloutPhase.Progressing, 0L),
            (rig.Status.Phase, rig.Live.Snapshot(Moment.Now(TimeProvider.System).Monotonic).Progress.Responses));

        // A user's two failures decide all the same, and count no tester among the victims.
        await rig.GetAsync();
        await rig.GetAsync();
        Assert.Equal((RolloutPhase.RolledBack, 2L), (rig.Status.Phase, rig.Status.Rollback!.Victims));
    }

    [Fact]
    public async Task What_was_rolled_back_is_closed_to_testers_too_until_the_next_version()
    {
        await using var rig = await ProxyRig.StartAsync(settings: LoopbackIsTrusted);
        var token = (OverrideToken.Header, Token(rig, Arm.Canary));
        await rig.Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", null);
        using var response = await SendAsync(rig, token);
        Assert.Equal("stable", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("stable", response.Headers.GetValues(ForcedArm.Header).Single());
        Assert.Equal((200, "stable"), await rig.GetAsync("/", (ForcedArm.Header, "canary")));
        Assert.Equal(0u, rig.Status.Rollback!.CanaryAfterDecision);
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Zero, "v2", "ann"));
        Assert.Equal((200, "canary"), await rig.GetAsync("/", token));
    }

    private static string Token(ProxyRig rig, Arm arm, string rollout = "shop", int seconds = 60) =>
        new OverrideToken(rig.Keys).Make(rollout, arm, TimeProvider.System.GetUtcNow().AddSeconds(seconds));

    private static Task<HttpResponseMessage> SendAsync(ProxyRig rig, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return rig.Client.SendAsync(request);
    }
}
