using System.Collections.Concurrent;
using System.Diagnostics;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

/// <summary>Which routes a rollout covers, and that every part of YARP sees the arm's own cluster.</summary>
public sealed class ArmRoutesTests
{
    private const string Route = "the-route-of-arm-routes-tests";

    private static readonly (string, string?)[] OwnRoute =
    [
        ($"ReverseProxy:Routes:{Route}:ClusterId", "shop-stable"),
        ($"ReverseProxy:Routes:{Route}:Match:Path", "/own"),
    ];

    [Fact]
    public async Task YARP_books_each_request_on_the_cluster_of_its_arm()
    {
        var clusters = new ConcurrentQueue<string?>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Yarp.ReverseProxy",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("proxy.route_id") as string == Route)
                {
                    clusters.Enqueue($"{activity.GetTagItem("proxy.cluster_id")}");
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var rig = await ProxyRig.StartAsync(settings: OwnRoute);
        Assert.Equal("canary", (await rig.GetAsync("/own")).Body);
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Zero, null, "ann"));
        Assert.Equal("stable", (await rig.GetAsync("/own")).Body);
        await rig.DoAsync(new RolloutCommand.Promote("ann"));
        await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(9999), "v2", "ann"));
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Full, null, "ann"));
        Assert.Equal("stable", (await rig.GetAsync("/own")).Body);
        await ProxyRig.HoldsAsync(() => clusters.Count == 3, "three activities ended");
        Assert.Equal(["shop-canary", "shop-stable", "shop-stable"], clusters);
    }

    [Fact]
    public async Task The_canarys_own_time_out_holds_for_the_canary_and_not_for_stable()
    {
        await using var rig = await ProxyRig.StartAsync(settings: ("ReverseProxy:Clusters:shop-canary:HttpRequest:ActivityTimeout", "00:00:00.1"));
        rig.Canary.Handle = rig.Stable.Handle = async context =>
        {
            await Task.Delay(300);
            context.Response.StatusCode = 202;
        };
        Assert.Equal(504, (await rig.GetAsync()).Status);
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Zero, null, "ann"));
        Assert.Equal(202, (await rig.GetAsync()).Status);
    }

    [Theory]
    [InlineData("/own", "canary")]
    [InlineData("/else", "stable")]
    public async Task A_plan_may_cover_some_routes_only(string path, string arm)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Plan with { Routes = [Route] }, settings: OwnRoute);
        Assert.Equal(arm, (await rig.GetAsync(path)).Body);
    }

    [Fact]
    public async Task Clusters_and_routes_match_in_any_case_as_they_do_in_YARP()
    {
        var plan = ProxyRig.Plan with { Stable = "Shop-Stable", Canary = "SHOP-CANARY", Routes = [Route.ToUpperInvariant()] };
        await using var rig = await ProxyRig.StartAsync(plan: plan, settings: OwnRoute);
        Assert.Equal("canary", (await rig.GetAsync("/own")).Body);
    }

    [Fact]
    public async Task A_plan_that_is_replaced_or_deleted_holds_for_the_next_request()
    {
        await using var rig = await ProxyRig.StartAsync(settings: OwnRoute);
        Assert.Equal("canary", (await rig.GetAsync("/own")).Body);
        await rig.Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", null);
        await rig.Commands.PutPlanAsync(ProxyRig.Plan with { Routes = [Route] }, "ann");
        await rig.DoAsync(new RolloutCommand.Start("v2", "ann"));
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Full, null, "ann"));
        Assert.Equal(("canary", "stable"), ((await rig.GetAsync("/own")).Body, (await rig.GetAsync("/else")).Body));
        await rig.Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", null);
        await rig.Commands.DeleteAsync("shop", "ann");
        Assert.Equal("stable", (await rig.GetAsync("/own", ("x-snapback-seq", "untouched"))).Body);
        Assert.Equal("untouched", rig.Stable.Sequences.Last());
    }

    [Fact]
    public async Task A_user_stays_on_an_arm_while_the_weight_does()
    {
        await using var rig = await ProxyRig.StartAsync(
            weight: 5000, plan: ProxyRig.Plan with { Sticky = [new StickyKey(StickySource.Cookie, "sid")] });
        var arms = new HashSet<string>();
        for (var user = 0; user < 12; user++)
        {
            var first = (await rig.GetAsync("/", ("Cookie", $"a=b; sid=user-{user}"))).Body;
            Assert.Equal(first, (await rig.GetAsync("/", ("Cookie", $"sid=user-{user}"))).Body);
            arms.Add(first);
        }

        Assert.Equal(["canary", "stable"], arms.Order());
    }
}
