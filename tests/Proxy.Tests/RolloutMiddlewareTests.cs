using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests;

/// <summary>The story of one request, with YARP, Kestrel and two services on real sockets.</summary>
public sealed class RolloutMiddlewareTests
{
    private static readonly (string, string?) CanaryIsProbed = ("ReverseProxy:Clusters:shop-canary:HealthCheck:Active:Enabled", "true");

    [Fact]
    public async Task The_request_after_the_deciding_one_goes_to_stable()
    {
        await using var rig = await ProxyRig.StartAsync();
        rig.Canary.Handle = Handlers.Answer(500);
        Assert.Equal((500, 500, (200, "stable")), ((await rig.GetAsync()).Status, (await rig.GetAsync()).Status, await rig.GetAsync()));
        var record = rig.Status.Rollback!;
        Assert.Equal(("success-rate", 2u, 0u, 2L), (record.Trigger, record.SequenceAtDecision, record.CanaryAfterDecision, record.Victims));
        Assert.Equal(["1-1", "1-2"], rig.Canary.Sequences);
    }

    [Fact]
    public async Task Each_arm_gets_its_share_and_its_counts()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 5000);
        var answers = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            answers.Add((await rig.GetAsync()).Body);
        }

        await rig.CountedAsync(60);
        Assert.Equal(
            (answers.Count(body => body == "stable"), answers.Count(body => body == "canary")),
            ((int)rig.Generation.Stable.Successes, (int)rig.CanaryStats.Successes));
        Assert.InRange(rig.CanaryStats.Successes, 10, 50);
        Assert.Equal(rig.CanaryStats.Successes, rig.CanaryStats.Latency.Count);
    }

    [Fact]
    public async Task A_route_without_a_rollout_is_left_alone()
    {
        await using var rig = await ProxyRig.StartAsync();
        Assert.Equal((200, "stable"), await rig.GetAsync("/plain/x", ("x-snapback-seq", "7")));
        Assert.Equal((200, "canary"), await rig.GetAsync("/x"));
        await rig.CountedAsync(1);
        Assert.Equal((0L, 1L), (rig.Generation.Stable.Requests, rig.CanaryStats.Requests));
        Assert.Equal(["7"], rig.Stable.Sequences);
    }

    [Fact]
    public async Task A_clients_own_sequence_header_reaches_neither_arm()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0);
        await rig.GetAsync("/", ("x-snapback-seq", "9-9"));
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Full, null, "ann"));
        await rig.GetAsync("/", ("X-Snapback-Seq", "9-9"));
        Assert.Equal([""], rig.Stable.Sequences);
        Assert.Equal(["1-1"], rig.Canary.Sequences);
    }

    [Fact]
    public async Task A_canary_known_to_be_dead_is_not_asked_and_is_rolled_back()
    {
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            CanaryIsProbed,
            ("ReverseProxy:Clusters:shop-canary:HealthCheck:Active:Interval", "00:00:00.05"),
            ("ReverseProxy:Clusters:shop-canary:HealthCheck:Active:Path", "/health"),
            ("ReverseProxy:Clusters:shop-canary:Metadata:ConsecutiveFailuresHealthPolicy.Threshold", "1"),
        ]);
        rig.Canary.Handle = context => context.Request.Path == "/health" ? Handlers.Answer(500)(context) : context.Response.WriteAsync("canary");
        await ProxyRig.HoldsAsync(() => rig.Canary.Sequences.Contains(""), "the canary is probed");
        (int, string) answer;
        do
        {
            answer = await rig.GetAsync();
            Assert.Equal(200, answer.Item1);
        }
        while (answer.Item2 == "canary");

        Assert.Equal((RolloutPhase.RolledBack, "unavailable", 0L), (rig.Status.Phase, rig.Status.Rollback!.Trigger, rig.Status.Rollback.Victims));
        await rig.CountedAsync(1);
        Assert.Equal((0L, 1L), (rig.CanaryStats.Failures, rig.Generation.Stable.Successes));
        Assert.Equal([""], rig.Stable.Sequences);
    }

    [Theory]
    [InlineData(null, "The canary's cluster 'shop-canary' is not in the configuration any more; its requests went to stable.")]
    [InlineData("FirstAlphabetical", "The canary has no available destination; its requests went to stable.")]
    public async Task A_canary_without_a_destination_is_rolled_back_and_the_reason_is_told(string? policy, string told)
    {
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", null),
            ("ReverseProxy:Clusters:shop-canary:LoadBalancingPolicy", policy),
        ]);
        Assert.Equal((200, "stable"), await rig.GetAsync());
        Assert.Equal(("unavailable", told), (rig.Status.Rollback!.Trigger, rig.Status.Rollback.Explanation));
    }

    [Fact]
    public async Task With_automatic_rollback_off_a_dead_canarys_users_still_get_stable()
    {
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("feature_management:feature_flags:0:id", "auto-rollback"),
            ("feature_management:feature_flags:0:enabled", "false"),
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", null),
            ("ReverseProxy:Clusters:shop-canary:LoadBalancingPolicy", "FirstAlphabetical"),
        ]);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal((200, "stable"), await rig.GetAsync());
        }

        Assert.Equal((RolloutPhase.Frozen, Weight.Full), (rig.Status.Phase, rig.Status.Weight));
    }

    [Fact]
    public async Task A_connection_refused_is_a_failure_and_a_502()
    {
        await using var rig = await ProxyRig.StartAsync();
        await rig.Canary.DisposeAsync();
        Assert.Equal(502, (await rig.GetAsync()).Status);
        Assert.Equal(502, (await rig.GetAsync()).Status);
        Assert.Equal((200, "stable"), await rig.GetAsync());
        Assert.Equal(2, rig.Status.Rollback!.Victims);
    }

    [Fact]
    public async Task A_routes_own_time_out_is_504_for_the_client_and_a_failure_of_the_canary()
    {
        await using var rig = await ProxyRig.StartAsync(settings: ("ReverseProxy:Routes:main:Timeout", "00:00:00.150"));
        rig.Canary.Handle = Handlers.Hang;
        Assert.Equal(504, (await rig.GetAsync()).Status);
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral));
        Assert.Equal(504, (await rig.GetAsync()).Status);
        Assert.Equal((200, "stable"), await rig.GetAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_says_nothing_about_the_canary_but_that_it_was_slow()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.ByLatency);
        rig.Canary.Handle = Handlers.Hang;
        await LeaveAfterAsync(rig, ProxyRig.Limit / 5, "/soon");
        await LeaveAfterAsync(rig, ProxyRig.Limit * 2, "/late");
        await rig.CountedAsync(2);
        Assert.Equal((2L, 0L, 1L, 0L), (rig.CanaryStats.Neutral, rig.CanaryStats.Failures, rig.CanaryStats.Slow, rig.CanaryStats.Latency.Count));
    }

    [Fact]
    public async Task A_hung_canary_is_counted_slow_at_the_limit_while_it_still_hangs()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.ByLatency);
        rig.Canary.Handle = Handlers.Hang;
        using var leave = new CancellationTokenSource();
        // The admission window lets two in at first, and one more for each that has shown itself slow.
        var requests = Enumerable.Range(0, 2).Select(_ => rig.Client.GetAsync("/", leave.Token)).ToList();
        await ProxyRig.HoldsAsync(() => rig.CanaryStats.Slow == 2, "two are slow");
        requests.Add(rig.Client.GetAsync("/", leave.Token));
        await ProxyRig.HoldsAsync(() => rig.CanaryStats.Slow == 3, "three are slow");
        Assert.All(requests, request => Assert.False(request.IsCompleted));
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(requests));
        await rig.CountedAsync(3);
        Assert.Equal(3, rig.CanaryStats.Slow);
    }

    [Fact]
    public async Task After_a_promotion_the_arms_change_roles()
    {
        await using var rig = await ProxyRig.StartAsync();
        await rig.DoAsync(new RolloutCommand.Promote("ann"));
        Assert.Equal("canary", (await rig.GetAsync()).Body);
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Zero, "v2", "ann"));
        Assert.Equal("canary", (await rig.GetAsync()).Body);
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Full, null, "ann"));
        rig.Stable.Handle = Handlers.Answer(500);
        await rig.GetAsync();
        await rig.GetAsync();
        Assert.Equal((200, "canary"), await rig.GetAsync());
        Assert.Equal(["2-1", "2-2"], rig.Stable.Sequences);
    }

    private static async Task LeaveAfterAsync(ProxyRig rig, TimeSpan time, string path)
    {
        using var leave = new CancellationTokenSource(time);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Client.GetAsync(path, leave.Token));
    }
}
