using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>When a plan may be replaced or deleted: never under traffic that it would move.</summary>
public sealed class PlanRulesTests
{
    private static readonly RolloutPlan OtherOwner = Samples.Plan with { Owner = "payments" };

    private static readonly RolloutPlan OtherArms = Samples.Plan with { Canary = "shop-next" };

    private static readonly RolloutPlan OtherRoutes = Samples.Plan with { Routes = ["checkout"] };

    [Theory]
    [InlineData("idle", true, true, true)]
    [InlineData("open", false, false, false)]
    [InlineData("paused", false, false, false)]
    [InlineData("promoted", true, false, false)]
    [InlineData("rolled back", true, true, true)]
    [InlineData("rolled back after a swap", true, false, false)]
    public async Task A_plan_is_replaced_only_where_it_moves_no_traffic(string state, bool owner, bool arms, bool deleted)
    {
        await using var rig = await HandlerRig.MakeAsync();
        await ReachAsync(rig, state);
        var status = rig.Status;
        Assert.Equal(arms, await rig.Commands.PutPlanAsync(OtherArms, "ann") is CommandResult.Done);
        Assert.Equal(arms, await rig.Commands.PutPlanAsync(OtherRoutes, "ann") is CommandResult.Done);
        Assert.Equal(
            owner,
            await rig.Commands.PutPlanAsync(
                OtherOwner with { Routes = rig.Live.Plan.Routes, Canary = rig.Live.Plan.Canary }, "ann") is CommandResult.Done);
        Assert.Equal(status.Weight, rig.Status.Weight);
        Assert.Equal(owner ? "payments" : null, rig.Live.Plan.Owner);
        Assert.Equal(deleted, await rig.Commands.DeleteAsync("shop", "ann") is CommandResult.Done);
        Assert.Equal(deleted, !rig.Board.TryGet("shop", out _));
        Assert.Equal(deleted ? 0 : 1, (await rig.Store.LoadAsync()).Count);
    }

    [Fact]
    public async Task A_group_whose_members_two_replicas_gave_another_number_of_steps_does_not_begin_until_that_is_mended()
    {
        var plan = Samples.Plan with { Group = "all" };
        await using var rig = await HandlerRig.MakeAsync(plan: plan);
        var other = plan with { Name = "basket", Stable = "basket-stable", Canary = "basket-canary", Steps = [Samples.Bake] };
        rig.Board.Put(new LiveRollout(other, RolloutStatus.New("basket", DateTimeOffset.UnixEpoch), "r2", rig.Switches, rig.Time, _ => { }));
        Assert.EndsWith(
            "Give both the same number, or take one out of the group.",
            Assert.IsType<CommandResult.Refused>(await rig.DoAsync(Samples.Start("v1"))).Sentence,
            StringComparison.Ordinal);
        Assert.IsType<CommandResult.Done>(await rig.Commands.PutPlanAsync(plan with { Group = null }, "ann"));
        await rig.DoneAsync(Samples.Start("v1"));
    }

    [Fact]
    public async Task Of_plans_that_come_together_and_exclude_each_other_the_first_is_taken()
    {
        await using var rig = await HandlerRig.MakeAsync();
        var first = Samples.Plan with { Name = "basket", Stable = "Basket", Flag = "new-basket" };
        RolloutPlan[] plans =
        [
            first,
            first with { Name = "basket-2", Stable = "basket", Flag = null },
            first with { Name = "basket-3", Stable = "else" }
        ];
        var results = await Task.WhenAll(plans.Select(plan => rig.Commands.PutPlanAsync(plan, "ann")));
        Assert.IsType<CommandResult.Done>(results[0]);
        Assert.Equal(
            "Rollout 'basket' has routes of cluster 'basket' under it that 'basket-2' would have too; a route belongs to one rollout. Name other 'routes' in one of the two, or delete it.",
            Assert.IsType<CommandResult.Refused>(results[1]).Sentence);
        Assert.Equal(
            "Flag 'new-basket' of rollout 'basket-3' belongs to rollout 'basket' already; two would turn it on and off against each other. Name another flag.",
            Assert.IsType<CommandResult.Refused>(results[2]).Sentence);
        Assert.Equal(["basket", "shop"], (await rig.Store.LoadAsync()).Select(stored => stored.Name));
    }

    [Fact]
    public async Task A_cluster_that_a_rollout_has_left_or_that_was_deleted_with_it_is_free_again()
    {
        await using var rig = await HandlerRig.MakeAsync();
        var other = Samples.Plan with { Name = "other" };
        Assert.IsType<CommandResult.Refused>(await rig.Commands.PutPlanAsync(other, "ann"));
        await rig.Commands.PutPlanAsync(Samples.Plan with { Stable = "elsewhere" }, "ann");
        Assert.IsType<CommandResult.Done>(await rig.Commands.PutPlanAsync(other, "ann"));
        Assert.Equal(["other"], rig.Board.Under(other.Stable.ToUpperInvariant()).Select(live => live.Name));
        await rig.Commands.DeleteAsync("other", "ann");
        Assert.Empty(rig.Board.Under(other.Stable));
    }

    [Fact]
    public async Task The_same_plan_again_changes_nothing_even_while_a_generation_is_open()
    {
        await using var rig = await HandlerRig.MakeAsync();
        var status = await rig.DoneAsync(Samples.Start("v1"));
        var version = rig.Board.Version;
        Assert.Equal(status, Assert.IsType<CommandResult.Done>(await rig.Commands.PutPlanAsync(Samples.Plan with { }, "ann")).Status);
        Assert.Equal(version, rig.Board.Version);
        Assert.Equal(["started", "planned"], await rig.HistoryAsync());
    }

    [Fact]
    public async Task A_new_plan_tells_the_routes_that_they_are_stale_and_the_store_what_it_is()
    {
        await using var rig = await HandlerRig.MakeAsync();
        var version = rig.Board.Version;
        await rig.Commands.PutPlanAsync(OtherOwner, "ben", "it moved house");
        Assert.NotEqual(version, rig.Board.Version);
        Assert.Equal((2L, 2L), (rig.Status.Revision, (await rig.StoredAsync()).Revision));
        Assert.Contains("payments", (await rig.Store.LoadAsync()).Single().Plan, StringComparison.Ordinal);
        var line = (await rig.Store.HistoryAsync("shop", 1))[0];
        Assert.Equal(("replanned", "ben", "it moved house"), (line.Kind, line.By, line.Reason));
    }

    [Fact]
    public async Task A_plan_that_was_replaced_makes_the_view_of_it_stale()
    {
        await using var rig = await HandlerRig.MakeAsync();
        var seen = rig.Tag;
        Assert.IsType<CommandResult.Done>(await rig.Commands.PutPlanAsync(OtherOwner, "ann", ifMatch: seen));
        Assert.IsType<CommandResult.Stale>(await rig.Commands.PutPlanAsync(Samples.Plan with { Owner = "ben" }, "ben", ifMatch: seen));
    }

    [Fact]
    public async Task A_route_belongs_to_one_rollout()
    {
        await using var rig = await HandlerRig.MakeAsync(plan: Samples.Plan with { Routes = ["pay"] });
        var rival = Samples.Plan with { Name = "rival", Routes = ["PAY", "other"] };
        Assert.Contains(
            "'pay'",
            Assert.IsType<CommandResult.Refused>(await rig.Commands.PutPlanAsync(rival, "ann")).Sentence.Replace(
                Samples.Plan.Name, "pay", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.IsType<CommandResult.Refused>(await rig.Commands.PutPlanAsync(rival with { Routes = [] }, "ann"));
        Assert.IsType<CommandResult.Done>(await rig.Commands.PutPlanAsync(rival with { Routes = ["other"] }, "ann"));
    }

    [Fact]
    public async Task A_deleted_rollout_can_be_made_again_from_nothing()
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.DoneAsync(Samples.Start("v1"));
        await rig.RollBackAsync();
        await rig.Commands.DeleteAsync("shop", "ann");
        await rig.Commands.PutPlanAsync(Samples.Plan, "ann");
        Assert.Equal((0L, RolloutPhase.Idle), (rig.Status.Generation, rig.Status.Phase));
        Assert.Equal(["planned"], await rig.HistoryAsync());
        await rig.DoneAsync(Samples.Start("v1"));
    }

    private static async Task ReachAsync(HandlerRig rig, string state)
    {
        switch (state)
        {
            case "open":
                await rig.DoneAsync(Samples.Start("v1"));
                break;
            case "paused":
                await rig.DoneAsync(Samples.Start("v1"), Samples.Pause);
                break;
            case "promoted":
                await rig.DoneAsync(Samples.Start("v1"), Samples.Promote);
                break;
            case "rolled back":
                await rig.DoneAsync(Samples.Start("v1"));
                await rig.RollBackAsync();
                break;
            case "rolled back after a swap":
                await rig.DoneAsync(Samples.Start("v1"), Samples.Promote, Samples.Start("v2"));
                await rig.RollBackAsync();
                break;
        }
    }
}
