using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

/// <summary>Segments over real sockets.</summary>
public sealed class SegmentTests
{
    private const string Flags = "feature_management:feature_flags:0";

    [Fact]
    public async Task The_weight_holds_among_the_eligible_and_for_nobody_else_until_the_promotion()
    {
        await using var rig = await ProxyRig.StartAsync(
            weight: 10_000,
            plan: Plan(
                "segment: { all: [ { header: X-Plan, in: [ gold ] } ], never: [ { path: /admin/** } ], always: [ { cookie: beta } ] }"));
        Assert.Equal("canary", await ArmAsync(rig, "/", ("X-Plan", "gold")));
        Assert.Equal("stable", await ArmAsync(rig, "/"));
        Assert.Equal("stable", await ArmAsync(rig, "/admin/x", ("X-Plan", "gold")));
        await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(1), null, "ann"));
        Assert.Equal("canary", await ArmAsync(rig, "/", ("Cookie", "beta=1")));
        Assert.Equal("stable", await ArmAsync(rig, "/admin/x", ("Cookie", "beta=1")));
        await rig.DoAsync(new RolloutCommand.SetWeight(Weight.Zero, null, "ann"));
        Assert.Equal("stable", await ArmAsync(rig, "/", ("Cookie", "beta=1")));
        await rig.DoAsync(new RolloutCommand.Promote("ann"));
        Assert.Equal("canary", await ArmAsync(rig, "/admin/x"));
    }

    [Fact]
    public async Task Whoever_always_gets_the_canary_is_judged_and_freed_like_all()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 1, plan: Plan("segment: { always: [ { cookie: beta } ] }\nshield: off"));
        rig.Canary.Handle = Handlers.Answer(500);
        await rig.GetAsync("/", ("Cookie", "beta=1"));
        await rig.GetAsync("/", ("Cookie", "beta=1"));
        Assert.Equal("stable", await ArmAsync(rig, "/", ("Cookie", "beta=1")));
        Assert.Equal((RolloutPhase.RolledBack, 2L), (rig.Status.Phase, rig.Status.Rollback!.Victims));
    }

    [Fact]
    public async Task Reads_meet_the_canary_before_writes_do()
    {
        await using var rig = await ProxyRig.StartAsync(
            weight: 0,
            plan: Plan(
                "steps: [ { weight: 50%, hold: 1h, only: reads }, { weight: 90%, hold: 1h }, { weight: 100%, bake: 1h } ]\nadmission: off"));
        await rig.Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", null);
        await rig.DoAsync(new RolloutCommand.Start("v2", "ann"));
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => rig.Client.PostAsync("/", null, TestContext.Current.CancellationToken)));
        Assert.Empty(rig.Canary.Sequences);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => rig.GetAsync()));
        Assert.NotEmpty(rig.Canary.Sequences);
        var reads = rig.Canary.Sequences.Count;
        await rig.DoAsync(new RolloutCommand.Advance("ann"));
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => rig.Client.PostAsync("/", null, TestContext.Current.CancellationToken)));
        Assert.True(rig.Canary.Sequences.Count > reads);
    }

    [Fact]
    public async Task A_flag_with_targeting_says_which_users_are_eligible()
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: Plan("sticky: { by: header:X-User }\nsegment: { all: [ { flag: beta-users } ] }"), settings:
        [
            ($"{Flags}:id", "beta-users"),
            ($"{Flags}:enabled", "true"),
            ($"{Flags}:conditions:client_filters:0:name", "Microsoft.Targeting"),
            ($"{Flags}:conditions:client_filters:0:parameters:Audience:Users:0", "alice"),
            ($"{Flags}:conditions:client_filters:0:parameters:Audience:DefaultRolloutPercentage", "0"),
        ]);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("canary", await ArmAsync(rig, "/", ("X-User", "alice")));
            Assert.Equal("stable", await ArmAsync(rig, "/", ("X-User", "bob")));
            Assert.Equal("stable", await ArmAsync(rig, "/"));
        }
    }

    [Fact]
    public async Task A_flag_that_nobody_defined_or_whose_filter_is_missing_is_off()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Plan("segment: { any: [ { flag: nowhere }, { flag: odd } ] }"), settings:
        [
            ($"{Flags}:id", "odd"), ($"{Flags}:enabled", "true"), ($"{Flags}:conditions:client_filters:0:name", "Custom.Unknown"),
        ]);
        Assert.Equal("stable", await ArmAsync(rig, "/"));
    }

    private static async Task<string> ArmAsync(ProxyRig rig, string path, params (string, string)[] headers) =>
        (await rig.GetAsync(path, headers)).Body;

    private static RolloutPlan Plan(string keys)
    {
        var result = PlanReader.FromYaml($"""
            name: shop
            stable: shop-stable
            canary: shop-canary
            objectives: [ {"{"} metric: success-rate, min: 99.5% {"}"} ]
            rollback: {"{"} authority: [ ann ], deadline: 5m {"}"}
            {keys}
            """);
        Assert.Empty(result.Problems);
        return result.Plan!;
    }
}
