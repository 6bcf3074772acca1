using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Three rollouts of one group on one board.</summary>
public sealed class RolloutGroupTests
{
    private readonly RolloutBoard _board = new();
    private readonly ManualTime _time = new();
    private readonly List<string> _lowered = [];
    private int _openAtFirstTelling;
    private readonly LiveRollout _cart;
    private readonly LiveRollout _orders;
    private readonly LiveRollout _payments;

    public RolloutGroupTests()
    {
        (_cart, _orders, _payments) = (Member("cart"), Member("orders"), Member("payments"));
        Member("search", group: null);
    }

    [Fact]
    public void One_members_rollback_takes_all_down_before_anybody_is_told()
    {
        All(Begin);
        Assert.NotNull(_orders.RollBack("operator", "Rolled back.", Authority.Operator, "ann", "it is broken"));
        foreach (var live in new[] { _cart, _orders, _payments })
        {
            Assert.Equal((RolloutPhase.RolledBack, Weight.Zero), (live.Status.Phase, live.Status.Weight));
            Assert.Equal(Arm.Stable, live.Generation.Pick(0).Arm);
        }

        // The culprit is told first, so that no crash leaves a member that names it and none of its own record; its group is down by then.
        Assert.Equal(["orders", "cart", "payments"], _lowered);
        Assert.Equal(0, _openAtFirstTelling);
    }

    [Fact]
    public void The_record_names_the_culprit_and_blames_nobody_elses_version()
    {
        All(Begin);
        var generation = _payments.Generation;
        for (var i = 0; i < 2; i++)
        {
            generation.Observe(generation.Pick(0), Outcome.Failure, TimeSpan.FromSeconds(i));
        }

        Assert.Equal(
            ("success-rate", Authority.Judge, true),
            (_payments.Status.Rollback!.Trigger, _payments.Status.Rollback.Authority, _payments.Status.Rollback.BlamesVersion));
        var record = _cart.Status.Rollback!;
        Assert.Equal(("group:payments", Authority.Group, "judge", false), (record.Trigger, record.Authority, record.By, record.BlamesVersion));
        Assert.StartsWith(
            "Rolled back 2 (5% → 0%) with its group 'checkout': payments was rolled back (success-rate). ",
            record.Explanation,
            StringComparison.Ordinal);
        Assert.Empty(_cart.Status.RefusedVersions);
        Assert.Equal(["2"], _payments.Status.RefusedVersions);
        Assert.Equal(new Weight(500), Search.Status.Weight);
    }

    [Fact]
    public void A_promoted_member_of_an_earlier_round_stays()
    {
        All(Begin);
        Climb(_cart, Samples.Bake);
        ReadyAndUp(_cart);
        _time.Advance(TimeSpan.FromMinutes(1));
        _orders.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        Assert.Equal(RolloutPhase.Promoted, _cart.Status.Phase);
        Assert.Equal(RolloutPhase.RolledBack, _payments.Status.Phase);
    }

    [Fact]
    public void A_member_that_was_promoted_a_moment_ago_comes_down_with_one_that_stood_ready_for_it()
    {
        All(Begin);
        foreach (var live in new[] { _cart, _orders, _payments })
        {
            Climb(live, Samples.Bake);
            Do(live, Samples.Advance);
        }

        Do(_cart, new RolloutCommand.Advance("snapback", null, WithGroup: true));
        Assert.Equal(RolloutPhase.Promoted, _cart.Status.Phase);
        _orders.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        Assert.Equal((RolloutPhase.RolledBack, RolloutPhase.RolledBack), (_cart.Status.Phase, _payments.Status.Phase));
    }

    [Fact]
    public void Who_may_go_up_waits_for_whoever_is_behind_beside_and_not_ready_or_not_started()
    {
        Begin(_cart);
        Begin(_orders);
        Assert.Equal("orders (not ready), payments (not started)", Holds(_cart));
        Begin(_payments);
        Do(_orders, Samples.Advance);
        Assert.Equal(("Waiting", "ann"), (_orders.Status.Phase.ToString(), _orders.Status.ReadyBy));
        Assert.Equal("payments (not ready)", Holds(_cart));
        Do(_payments, Samples.Pause);
        Assert.Equal("payments (paused)", Holds(_cart));
        Do(_payments, Samples.Resume, Samples.Advance);
        Assert.Equal("", Holds(_cart));
        Assert.Equal("cart (not ready)", Holds(_orders));

        ReadyAndUp(_cart);
        Assert.Equal((2, null), (_cart.Status.Step, _cart.Status.ReadyBy));
        Assert.Equal("orders (at step 1), payments (at step 1)", Holds(_cart));
        Assert.Equal("", Holds(_orders));
    }

    [Fact]
    public void The_first_step_is_taken_together_too()
    {
        Do(_cart, Samples.Start("2"));
        Assert.Equal((RolloutPhase.Waiting, 0, Weight.Zero), (_cart.Status.Phase, _cart.Status.Step, _cart.Status.Weight));
        Assert.Equal("orders (not started), payments (not started)", Holds(_cart));
        Do(_orders, Samples.Start("2"), Samples.Advance);
        Do(_payments, Samples.Start("2"));
        Assert.Equal("payments (not ready)", Holds(_cart));
        Do(_payments, Samples.Advance);
        Assert.Equal("", Holds(_cart));
        ReadyAndUp(_cart);
        Assert.Equal(("", new Weight(500)), (Holds(_orders), _cart.Status.Weight));
    }

    [Fact]
    public void Nobody_moves_one_member_up_alone()
    {
        All(Begin);
        foreach (var command in new[] { Samples.Promote, Samples.Weigh(9000) })
        {
            Assert.StartsWith("Rollout 'cart' goes up with group 'checkout', step by step:", Apply(_cart, command).Refusal, StringComparison.Ordinal);
        }

        Do(_cart, Samples.Advance);
        Assert.Equal(1, _cart.Status.Step);
        Do(_cart, Samples.Weigh(100));
        Assert.Equal(new Weight(100), _cart.Status.Weight);
    }

    [Fact]
    public void Nor_the_next_version_of_one_that_is_promoted()
    {
        All(Begin);
        Climb(_cart, Samples.Bake);
        ReadyAndUp(_cart);
        Assert.Equal(RolloutPhase.Promoted, _cart.Status.Phase);
        Assert.StartsWith(
            "Rollout 'cart' goes up with group 'checkout', step by step:",
            Apply(_cart, Samples.Weigh(5000, "3")).Refusal,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_not_ready_any_more_says_so_and_keeps_its_hold()
    {
        All(Begin);
        Do(_cart, new RolloutCommand.Advance("snapback"));
        Do(_cart, new RolloutCommand.Withdraw("an objective is broken now"));
        Assert.Equal((RolloutPhase.Progressing, null), (_cart.Status.Phase, _cart.Status.ReadyBy));
    }

    [Fact]
    public void Who_stood_where_it_stands_when_another_was_rolled_back_is_still_to_come_down_and_who_started_later_is_not()
    {
        All(Begin);
        _time.Advance(TimeSpan.FromSeconds(1));
        // As another replica's word: nothing happens here but the change itself.
        var record = Samples.Record with { At = _time.GetUtcNow() };
        Assert.True(_orders.Adopt(Apply(_orders, new RolloutCommand.RollBack(record)).Next!));
        Assert.Equal("orders", RolloutGroup.Culprit(_board, _cart.Plan, _cart.Status)!.Name);
        _cart.ComeDownWith(_orders.Status);
        Assert.Equal("group:orders", _cart.Status.Rollback!.Trigger);
        Assert.Equal(RolloutPhase.RolledBack, _cart.Status.Phase);

        _time.Advance(TimeSpan.FromSeconds(1));
        Begin(_cart);
        Assert.Null(RolloutGroup.Culprit(_board, _cart.Plan, _cart.Status));
        Assert.Equal("orders (rolled back), payments (not ready)", Holds(_cart));
    }

    [Fact]
    public void Who_starts_again_after_a_rollback_by_a_clock_that_is_ahead_waits_for_the_other_and_does_not_come_down_once_more()
    {
        All(Begin);
        _time.Advance(TimeSpan.FromSeconds(1));
        var ahead = Samples.Record with { At = _time.GetUtcNow().AddHours(1) };
        Assert.True(_orders.Adopt(Apply(_orders, new RolloutCommand.RollBack(ahead)).Next!));
        Assert.Equal("orders", RolloutGroup.Culprit(_board, _cart.Plan, _cart.Status)!.Name);
        _cart.ComeDownWith(_orders.Status);

        Do(_cart, Samples.Start("2"));
        Assert.Null(RolloutGroup.Culprit(_board, _cart.Plan, _cart.Status));
        Assert.Equal("orders (rolled back)", Holds(_cart));
    }

    [Fact]
    public void Who_stood_where_it_stands_comes_down_whatever_the_clock_said_of_whoever_rolled_the_other_back()
    {
        All(Begin);
        RolledBackElsewhere(_orders, _orders.Status.Plans, TimeSpan.FromHours(-7));
        Assert.Equal("orders", RolloutGroup.Culprit(_board, _cart.Plan, _cart.Status)!.Name);
    }

    [Fact]
    public void Who_was_rolled_back_before_it_came_to_the_group_takes_nobody_down()
    {
        All(Begin);
        RolledBackElsewhere(Search, Search.Status.Plans, TimeSpan.FromHours(1));
        Search.Replace(Search.Plan with { Group = "checkout" }, Search.Status with { Plans = Search.Status.Plans + 1, Revision = 100 });
        Assert.Equal(("checkout", RolloutPhase.RolledBack), (Search.Plan.Group, Search.Status.Phase));
        Assert.Null(RolloutGroup.Culprit(_board, _cart.Plan, _cart.Status));
        Assert.Contains("search (rolled back)", Holds(_cart), StringComparison.Ordinal);
    }

    [Fact]
    public void The_one_that_it_began_with_is_named_also_by_whoever_finishes_it()
    {
        All(Begin);
        RolledBackElsewhere(_payments, _payments.Status.Plans, TimeSpan.Zero);
        RolledBackElsewhere(_cart, _cart.Status.Plans, TimeSpan.Zero, Authority.Group);
        Assert.Equal("payments", RolloutGroup.Culprit(_board, _orders.Plan, _orders.Status)!.Name);
    }

    /// <summary>As another replica's word: nothing happens here but the change itself.</summary>
    private void RolledBackElsewhere(LiveRollout live, long? plans, TimeSpan clock, Authority authority = Authority.Operator)
    {
        var record = Samples.Record with { At = _time.GetUtcNow() + clock, Plans = plans, Authority = authority };
        Assert.True(live.Adopt(Apply(live, new RolloutCommand.RollBack(record)).Next!));
    }

    private LiveRollout Search => _board.TryGet("search", out var live) ? live : throw new InvalidOperationException();

    private LiveRollout Member(string name, string? group = "checkout")
    {
        var live = new LiveRollout(
            Samples.Plan with { Name = name, Group = group }, RolloutStatus.New(name, _time.GetUtcNow()), "r1",
            new RolloutSwitches(), _time, Lowered);
        _board.Put(live);
        return live;
    }

    private void Lowered(LiveRollout live)
    {
        _openAtFirstTelling = _lowered.Count > 0 ? _openAtFirstTelling : _board.All.Count(one => one.Plan.Group is not null && one.Status.Phase.IsOpen());
        _lowered.Add(live.Name);
    }

    private string Holds(LiveRollout live) => string.Join(", ", RolloutGroup.Holds(_board, live.Plan, live.Status));

    private void All(Action<LiveRollout> act)
    {
        foreach (var live in _board.All)
        {
            act(live);
        }
    }

    /// <summary>Onto the first step, as if all were there.</summary>
    private void Begin(LiveRollout live)
    {
        Do(live, Samples.Start("2"));
        if (live.Plan.Group is not null)
        {
            ReadyAndUp(live);
        }
    }

    private void Climb(LiveRollout live, Step to)
    {
        while (live.Status.Weight < to.Weight)
        {
            ReadyAndUp(live);
        }
    }

    private void ReadyAndUp(LiveRollout live) => Do(live, Samples.Advance, new RolloutCommand.Advance("snapback", null, WithGroup: true));

    private void Do(LiveRollout live, params RolloutCommand[] commands)
    {
        foreach (var command in commands)
        {
            var transition = Apply(live, command);
            Assert.True(live.Adopt(transition.Next ?? throw new InvalidOperationException(transition.Refusal)));
        }
    }

    private Transition Apply(LiveRollout live, RolloutCommand command) =>
        Transitions.Apply(live.Plan, live.Status, command, TimeSpan.Zero, _time.GetUtcNow());
}
