using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Advancing;

/// <summary>The loop that advances, with two members of a group on a real store and a clock in the test's hand.</summary>
public sealed class AdvancingAGroupTests : IAsyncLifetime
{
    private static readonly RolloutPlan Shop = Samples.Plan with
    {
        Group = "checkout",
        Gates = GateTerms.Default with { Proof = ProofDemand.Off },
        Steps = [new Step(new Weight(500), TimeSpan.Zero, 1), new Step(new Weight(5000), TimeSpan.Zero, 1), Samples.Bake],
    };

    private AdvancerRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        _rig = await AdvancerRig.ResumeAsync(Shop);
        var desk = Shop with { Name = "desk", Stable = "desk-stable", Canary = "desk-canary" };
        Assert.IsType<CommandResult.Done>(await _rig.Commands.PutPlanAsync(desk, "ann"));
        var refused = Assert.IsType<CommandResult.Refused>(await _rig.Commands.PutPlanAsync(desk with { Steps = [Samples.Bake] }, "ann"));
        Assert.StartsWith("Rollout 'shop' of group 'checkout' has 3 steps and 'desk' 1:", refused.Sentence, StringComparison.Ordinal);
        foreach (var name in new[] { "shop", "desk" })
        {
            Assert.IsType<CommandResult.Done>(await _rig.Commands.HandleAsync(name, Samples.Start("2")));
        }

        await _rig.UntilAsync(() => (Of("shop").Step, Of("desk").Step) == (1, 1), "both are on the first step");
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_member_that_may_go_up_says_so_and_waits_and_both_go_when_both_may()
    {
        Serve("shop");
        await _rig.UntilAsync(() => Of("shop").ReadyBy == "snapback", "the shop is ready");
        Assert.Equal((1, 1), (Of("shop").Step, Of("desk").Step));
        Serve("desk");
        await _rig.UntilAsync(() => (Of("shop").Step, Of("desk").Step) == (2, 2), "both are up");
        Assert.Equal((null, null), (Of("shop").ReadyBy, Of("desk").ReadyBy));
    }

    [Fact]
    public async Task A_member_whose_gate_shuts_again_is_not_ready_any_more()
    {
        Serve("shop");
        await _rig.UntilAsync(() => Of("shop").ReadyBy is not null, "the shop is ready");
        _rig.Switches.AutoAdvance = false;
        await _rig.UntilAsync(() => Of("shop") is { ReadyBy: null, Phase: RolloutPhase.Progressing }, "it withdrew");
    }

    [Fact]
    public async Task A_persons_word_stands_for_a_gate_and_moves_nobody_else()
    {
        Assert.IsType<CommandResult.Done>(await _rig.Commands.HandleAsync("desk", new RolloutCommand.Advance("ann", "looks fine")));
        Assert.Equal((RolloutPhase.Waiting, "ann", 1), (Of("desk").Phase, Of("desk").ReadyBy, Of("desk").Step));
        Serve("shop");
        await _rig.UntilAsync(() => (Of("shop").Step, Of("desk").Step) == (2, 2), "both are up");
        Assert.Equal(
            ["advanced", "ready", "advanced", "ready", "started", "planned"],
            (await _rig.Store.HistoryAsync("desk", 10)).Select(entry => entry.Kind));
    }

    [Fact]
    public async Task A_persons_word_stands_when_the_gate_that_had_given_its_own_before_shuts_again()
    {
        Serve("shop");
        await _rig.UntilAsync(() => Of("shop").ReadyBy == "snapback", "the shop is ready");
        Assert.IsType<CommandResult.Done>(await _rig.Commands.HandleAsync("shop", new RolloutCommand.Advance("ann", "looks fine")));
        Assert.Equal((RolloutPhase.Waiting, "ann"), (Of("shop").Phase, Of("shop").ReadyBy));
        _rig.Switches.AutoAdvance = false;
        Assert.IsType<CommandResult.Done>(await _rig.Commands.HandleAsync("desk", new RolloutCommand.Advance("ann", "and so does this")));
        await _rig.UntilAsync(() => (Of("shop").Step, Of("desk").Step) == (2, 2), "both are up");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    public async Task What_a_replica_that_ended_left_half_done_is_made_good_also_if_its_clock_was_ahead(int hours)
    {
        // As read from the store: one is down, and nobody took the other along.
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        var (desk, at) = (Live("desk"), _rig.Time.GetUtcNow().AddHours(hours));
        var down = Transitions.Apply(desk.Plan, desk.Status, new RolloutCommand.RollBack(Samples.Record with { At = at }), TimeSpan.Zero, at).Next!;
        Assert.True(desk.Adopt(down));
        Assert.Equal(RolloutPhase.Progressing, Of("shop").Phase);
        await _rig.UntilAsync(() => Of("shop").Phase == RolloutPhase.RolledBack, "the shop came down too");
        Assert.Equal(("group:desk", Authority.Group), (Of("shop").Rollback!.Trigger, Of("shop").Rollback!.Authority));
    }

    private LiveRollout Live(string name) => _rig.Board.TryGet(name, out var live) ? live : throw new InvalidOperationException(name);

    private RolloutStatus Of(string name) => Live(name).Status;

    private void Serve(string name) => Live(name).Generation.Observe(Samples.Canary, Outcome.Success, _rig.Time.Monotonic);
}
