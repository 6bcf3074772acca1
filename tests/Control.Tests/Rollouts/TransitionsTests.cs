using System.Text;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class TransitionsTests
{
    /// <summary>Where each command leads from each phase, with the weight; "-" is a refusal.</summary>
    private const string Table = """
        command        | Idle             | Waiting          | Progressing      | Paused           | Frozen           | Baking           | Promoted         | RolledBack
        start v2       | Progressing 5%   | -                | -                | -                | -                | -                | Progressing 5%   | Progressing 5%
        start v1       | Progressing 5%   | -                | -                | -                | -                | -                | -                | -
        retry          | -                | -                | -                | -                | -                | -                | -                | Progressing 5%
        retry unsaid   | -                | -                | -                | -                | -                | -                | -                | -
        advance        | -                | Progressing 50%  | Progressing 50%  | -                | -                | Promoted 100%    | -                | -
        await          | -                | -                | Waiting 5%       | -                | -                | Waiting 100%     | -                | -
        approve        | -                | -                | -                | -                | -                | -                | -                | -
        pause          | -                | Paused 5%        | Paused 5%        | -                | -                | Paused 100%      | -                | -
        resume         | -                | -                | -                | Progressing 5%   | Progressing 5%   | -                | -                | -
        resume unsaid  | -                | -                | -                | Progressing 5%   | -                | -                | -                | -
        promote        | -                | Promoted 100%    | Promoted 100%    | Promoted 100%    | -                | Promoted 100%    | -                | -
        weight 60 v2   | Progressing 60%  | -                | -                | -                | -                | -                | Progressing 60%  | Progressing 60%
        weight 60 v1   | Progressing 60%  | Progressing 60%  | Progressing 60%  | Paused 60%       | -                | Progressing 60%  | -                | -
        weight 60      | Progressing 60%  | Progressing 60%  | Progressing 60%  | Paused 60%       | -                | Progressing 60%  | -                | -
        weight 1       | Progressing 1%   | Progressing 1%   | Progressing 1%   | Paused 1%        | Frozen 1%        | Progressing 1%   | -                | -
        weight 0       | Idle 0%          | Progressing 0%   | Progressing 0%   | Paused 0%        | Frozen 0%        | Progressing 0%   | -                | RolledBack 0%
        freeze         | -                | Frozen 5%        | Frozen 5%        | Frozen 5%        | -                | Frozen 100%      | -                | -
        warn           | -                | Waiting 5%       | Progressing 5%   | Paused 5%        | Frozen 5%        | Baking 100%      | -                | -
        exonerate      | -                | -                | -                | -                | -                | -                | -                | RolledBack 0%
        rollback       | -                | RolledBack 0%    | RolledBack 0%    | RolledBack 0%    | RolledBack 0%    | RolledBack 0%    | RolledBack 0%    | -
        """;

    private static readonly (string Name, RolloutCommand Command)[] Commands =
    [
        ("start v2", Samples.Start("v2")),
        ("start v1", Samples.Start("v1")),
        ("retry", Samples.Retry),
        ("retry unsaid", new RolloutCommand.Retry("ann", " ")),
        ("advance", Samples.Advance),
        ("await", Samples.Await),
        ("approve", Samples.Approve),
        ("pause", Samples.Pause),
        ("resume", Samples.Resume),
        ("resume unsaid", new RolloutCommand.Resume("ann")),
        ("promote", Samples.Promote),
        ("weight 60 v2", Samples.Weigh(6000, "v2")),
        ("weight 60 v1", Samples.Weigh(6000, "v1")),
        ("weight 60", Samples.Weigh(6000)),
        ("weight 1", Samples.Weigh(100)),
        ("weight 0", Samples.Weigh(0)),
        ("freeze", new RolloutCommand.Freeze("It broke.")),
        ("warn", new RolloutCommand.Warn("It broke.")),
        ("exonerate", new RolloutCommand.Exonerate("It was not to blame.")),
        ("rollback", new RolloutCommand.RollBack(Samples.Record)),
    ];

    [Fact]
    public void Every_command_leads_from_every_phase_where_the_table_says()
    {
        var actual = new StringBuilder(Row("command", Phases.Select(phase => phase.ToString())));
        foreach (var (name, command) in Commands)
        {
            actual.Append('\n').Append(
                Row(
                    name,
                    Phases.Select(phase => Apply(StatusIn(phase), command).Next is { } next ? $"{next.Phase} {next.Weight}" : "-")));
        }

        Assert.Equal(Table, actual.ToString());
    }

    [Fact]
    public void Every_refusal_is_a_sentence_and_moves_nothing()
    {
        foreach (var phase in Phases)
        {
            foreach (var (name, command) in Commands)
            {
                var (next, refusal) = Apply(StatusIn(phase), command);
                Assert.True(next is null == refusal.Length > 0 && (next is not null || refusal.EndsWith('.')), $"{phase}, {name}: '{refusal}'");
            }
        }
    }

    [Fact]
    public void A_retry_opens_the_same_version_and_no_longer_refuses_it()
    {
        var next = Apply(StatusIn(RolloutPhase.RolledBack), Samples.Retry).Next!;
        Assert.Equal(("v1", 2L, 1L, 0), (next.Version, next.Generation, next.Revision, next.RefusedVersions.Length));
        Assert.Null(next.Rollback);
    }

    [Fact]
    public void An_exonerated_version_may_start_again_and_is_exonerated_once()
    {
        var next = Apply(StatusIn(RolloutPhase.RolledBack), new RolloutCommand.Exonerate("It was not to blame.")).Next!;
        Assert.Equal(
            (false, "Rolled back. It was not to blame.", 0),
            (next.Rollback!.BlamesVersion, next.Rollback.Explanation, next.RefusedVersions.Length));
        Assert.Null(Apply(next, new RolloutCommand.Exonerate("Again.")).Next);
        Assert.Equal(("v1", 2L), Apply(next, Samples.Start("v1")).Next is { } started ? (started.Version, started.Generation) : default);
    }

    [Fact]
    public void A_rollback_that_blames_nobody_refuses_no_version() =>
        Assert.Empty(
            Apply(
                StatusIn(RolloutPhase.Progressing),
                new RolloutCommand.RollBack(Samples.Record with { BlamesVersion = false })).Next!.RefusedVersions);

    [Fact]
    public void A_hundred_refused_versions_are_remembered_and_the_oldest_is_forgotten()
    {
        var status = StatusIn(RolloutPhase.Idle);
        for (var i = 1; i <= 150; i++)
        {
            status = Apply(status, Samples.Start($"v{i}")).Next!;
            status = Apply(status, new RolloutCommand.RollBack(Samples.Record)).Next!;
        }

        Assert.Equal(Enumerable.Range(51, 100).Select(i => $"v{i}"), status.RefusedVersions);
        Assert.NotNull(Apply(status, Samples.Start("v50")).Next);
        Assert.Null(Apply(status, Samples.Start("v51")).Next);
    }

    [Fact]
    public void After_a_promotion_the_winner_is_stable_and_the_arms_change_roles()
    {
        var next = Apply(StatusIn(RolloutPhase.Promoted), Samples.Start("v2")).Next!;
        Assert.Equal(("v1", "v2", true), (next.StableVersion, next.Version, next.Swapped));
    }

    [Fact]
    public void A_next_version_opens_even_at_the_weight_that_the_promoted_one_holds()
    {
        var next = Apply(StatusIn(RolloutPhase.Promoted), Samples.Weigh(Weight.Whole, "v2")).Next!;
        Assert.Equal(("v2", 2L, RolloutPhase.Progressing, true), (next.Version, next.Generation, next.Phase, next.Swapped));
    }

    /// <summary>A retry is of the newest one, and the refusal of an older one had told to retry it: that started another version.</summary>
    [Fact]
    public void Only_the_version_that_was_rolled_back_last_is_told_to_be_retried()
    {
        var first = StatusIn(RolloutPhase.RolledBack);
        var second = Apply(Apply(first, Samples.Start("v2")).Next!, new RolloutCommand.RollBack(Samples.Record)).Next!;
        var promoted = Apply(Apply(first, Samples.Start("v3")).Next!, Samples.Promote).Next!;

        const string refused = "Version 'v1' of rollout 'shop' was rolled back and is refused: start a new version, or ";
        Assert.Equal($"{refused}retry this one with a reason.", Apply(first, Samples.Start("v1")).Refusal);
        Assert.Equal($"{refused}this one under another name.", Apply(second, Samples.Start("v1")).Refusal);
        Assert.Equal($"{refused}this one under another name.", Apply(promoted, Samples.Weigh(500, "v1")).Refusal);
    }

    /// <summary>A pipeline that ran twice had sent users back to the cluster of the version before, under the new one's name.</summary>
    [Theory]
    [InlineData(PromotionKind.Swap)]
    [InlineData(PromotionKind.Handback)]
    public void What_was_promoted_starts_no_second_time_while_it_has_the_traffic(PromotionKind promotion)
    {
        var plan = Samples.Plan with { Promotion = promotion };
        Transition Then(RolloutStatus status, RolloutCommand command) => Transitions.Apply(plan, status, command, TimeSpan.Zero, Later);
        var promoted = Then(StatusIn(RolloutPhase.Progressing), Samples.Promote).Next!;
        var next = Then(promoted, Samples.Start("v2")).Next!;
        var afterNext = Then(next, new RolloutCommand.RollBack(Samples.Record)).Next!;

        const string why = "Version 'v1' of rollout 'shop' was promoted and has the traffic: start the next version, " +
            "or this one under another name if the other cluster runs it too.";
        Assert.All([promoted, afterNext], status => Assert.Equal(why, Then(status, Samples.Start("v1")).Refusal));
        Assert.All([promoted, afterNext], status => Assert.Equal(why, Then(status, Samples.Weigh(500, "v1")).Refusal));
        Assert.NotNull(Then(Then(next, Samples.Promote).Next!, Samples.Start("v1")).Next);
    }

    /// <summary>The canary's weight is 0 then: nothing is there to be rolled back.</summary>
    [Fact]
    public void Whoever_sets_a_weight_after_a_handback_is_told_to_name_a_version_and_not_to_roll_back()
    {
        var plan = Samples.Plan with { Promotion = PromotionKind.Handback };
        var back = Transitions.Apply(plan, StatusIn(RolloutPhase.Progressing), Samples.Promote, TimeSpan.Zero, Later).Next!;

        Assert.EndsWith(
            "Name the next version to set a weight for it.",
            Transitions.Apply(plan, back, Samples.Weigh(500), TimeSpan.Zero, Later).Refusal,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_rolled_back_without_a_name_is_refused_too()
    {
        var unnamed = Apply(Apply(StatusIn(RolloutPhase.Idle), Samples.Weigh(6000)).Next!, new RolloutCommand.RollBack(Samples.Record)).Next!;
        Assert.Equal(
            "An unnamed version of rollout 'shop' was rolled back and is refused: name the version to set a weight for, or retry with a reason.",
            Apply(unnamed, Samples.Weigh(6000)).Refusal);
        Assert.Equal(RolloutPhase.Progressing, Apply(unnamed, Samples.Weigh(6000, "v1")).Next!.Phase);
        Assert.Equal(RolloutPhase.Progressing, Apply(unnamed, Samples.Retry).Next!.Phase);
    }

    [Fact]
    public void Advance_skips_the_steps_that_a_weight_by_hand_has_passed()
    {
        var byHand = Apply(StatusIn(RolloutPhase.Progressing), Samples.Weigh(6000)).Next!;
        var next = Apply(byHand, Samples.Advance).Next!;
        Assert.Equal((RolloutPhase.Baking, 3, Weight.Full, false), (next.Phase, next.Step, next.Weight, next.Manual));
    }

    /// <summary>Whoever took it from 50% to 1% and goes on does not mean everybody.</summary>
    [Theory]
    [InlineData(0, 1, 500)]
    [InlineData(100, 1, 500)]
    [InlineData(500, 2, 5000)]
    [InlineData(5000, 3, 10_000)]
    public void Advance_after_a_weight_by_hand_goes_to_the_next_step_above_it(int weight, int step, int next)
    {
        var atHalf = Apply(StatusIn(RolloutPhase.Progressing), Samples.Advance).Next!;
        Assert.Equal((2, 5000), (atHalf.Step, atHalf.Weight.BasisPoints));
        var after = Apply(Apply(atHalf, Samples.Weigh(weight)).Next!, Samples.Advance).Next!;
        Assert.Equal((step, next, false), (after.Step, after.Weight.BasisPoints, after.Manual));
    }

    [Fact]
    public void Since_changes_with_phase_step_or_weight_only()
    {
        var status = StatusIn(RolloutPhase.RolledBack);
        Assert.Equal(status.Since, Apply(status, Samples.Weigh(0), Later).Next!.Since);
        Assert.Equal(Later, Apply(StatusIn(RolloutPhase.Progressing), Samples.Pause, Later).Next!.Since);
        Assert.Equal(Later, Apply(StatusIn(RolloutPhase.Paused), Samples.Weigh(600), Later).Next!.Since);
    }

    private static readonly DateTimeOffset Later = DateTimeOffset.UnixEpoch.AddYears(1);

    private static readonly RolloutPhase[] Phases = Enum.GetValues<RolloutPhase>();

    private static string Row(string name, IEnumerable<string> cells) =>
        $"{name,-14} | {string.Join(" | ", cells.Select(cell => $"{cell,-16}"))}".TrimEnd();

    private static Transition Apply(RolloutStatus status, RolloutCommand command, DateTimeOffset? now = null) =>
        Transitions.Apply(Samples.Plan, status, command, TimeSpan.Zero, now ?? DateTimeOffset.UnixEpoch);

    /// <summary>The phase as it is usually reached, with version v1.</summary>
    private static RolloutStatus StatusIn(RolloutPhase phase)
    {
        RolloutCommand[] way = phase switch
        {
            RolloutPhase.Idle => [],
            RolloutPhase.Waiting => [Samples.Start("v1"), Samples.Await],
            RolloutPhase.Progressing => [Samples.Start("v1")],
            RolloutPhase.Paused => [Samples.Start("v1"), Samples.Pause],
            RolloutPhase.Frozen => [Samples.Start("v1"), new RolloutCommand.Freeze("It broke.")],
            RolloutPhase.Baking => [Samples.Start("v1"), Samples.Advance, Samples.Advance],
            RolloutPhase.Promoted => [Samples.Start("v1"), Samples.Promote],
            RolloutPhase.RolledBack => [Samples.Start("v1"), new RolloutCommand.RollBack(Samples.Record)],
            _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "A new phase: say how it is reached."),
        };
        var status = way.Aggregate(RolloutStatus.New("shop", DateTimeOffset.UnixEpoch), (status, command) => Apply(status, command).Next!);
        Assert.Equal(phase, status.Phase);
        return status;
    }
}
