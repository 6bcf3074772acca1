using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;
using Snapback.Proxy.Tests.Observing;
using Xunit;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>A request has its arm and not yet its shield, while another core ends the rollout.</summary>
public sealed class BetweenPickAndShieldTests
{
    [Fact]
    public async Task Whom_the_canary_was_picked_for_a_moment_before_its_rollback_is_shielded()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
        var pick = rig.Generation.Pick(0);
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.NotNull(Over(rig, pick));
    }

    [Fact]
    public async Task A_promoted_canarys_user_is_not()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
        await rig.DoAsync(new RolloutCommand.Promote("ann"));
        Assert.Null(Over(rig, rig.Generation.Pick(0)));
    }

    private static Shield? Over(ProxyRig rig, Pick pick)
    {
        Assert.Equal(Arm.Canary, pick.Arm);
        var time = TimeProvider.System;
        var context = new DefaultHttpContext { Request = { Method = HttpMethods.Get } };
        var route = new RouteModel(new RouteConfig { RouteId = "main" }, null, HttpTransformer.Default);
        return Shield.Over(
            context,
            new ArmRoute(
                rig.Live,
                route,
                new OneOfEach(),
                new StickyDraw(ProxyRig.Shielded, rig.Keys, time),
                null,
                new ShadowLane(rig.Live, time)),
            rig.Generation,
            pick);
    }

    private sealed class OneOfEach : IProxyStateLookup
    {
        public bool TryGetCluster(string id, [NotNullWhen(true)] out ClusterState? cluster)
        {
            DestinationState[] one = [new("one")];
            cluster = new ClusterState(id) { DestinationsState = new ClusterDestinationsState(one, one) };
            return true;
        }

        public bool TryGetRoute(string id, [NotNullWhen(true)] out RouteModel? route) => throw new NotSupportedException();

        public IEnumerable<RouteModel> GetRoutes() => throw new NotSupportedException();

        public IEnumerable<ClusterState> GetClusters() => throw new NotSupportedException();
    }
}
