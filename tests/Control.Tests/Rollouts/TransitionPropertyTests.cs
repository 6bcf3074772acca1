using CsCheck;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>What holds after any sequence of commands, sensible or not.</summary>
public sealed class TransitionPropertyTests
{
    private static readonly Gen<string> Version = Gen.OneOf("v1", "v2", "v3");

    private static readonly Gen<RolloutCommand> Command = Gen.OneOf(
        Version.Select(Samples.Start),
        Version.Select(Samples.Start),
        Gen.OneOf("fixed", "", null).Select(reason => (RolloutCommand)new RolloutCommand.Retry("ann", reason)),
        Gen.OneOf<RolloutCommand>(Samples.Advance, Samples.Advance, Samples.Await, Samples.Approve, Samples.Pause, Samples.Resume, Samples.Promote),
        Gen.Select(Gen.OneOf(0, 100, 500, 3000, 5000, 10_000), Version.Null(), (weight, version) => Samples.Weigh(weight, version)),
        Gen.Bool.Select(shared => (RolloutCommand)new RolloutCommand.Freeze("It broke.", shared)),
        Gen.OneOf<RolloutCommand>(new RolloutCommand.Resume("ann"), new RolloutCommand.Exonerate("It was not to blame.")),
        Gen.Const((RolloutCommand)new RolloutCommand.RollBack(Samples.Record with { BlamesVersion = false })),
        Gen.Const((RolloutCommand)new RolloutCommand.RollBack(Samples.Record)));

    [Fact]
    public void Revision_and_generation_rise_strictly_unless_nothing_is_to_be_done() => Walk((before, command, after) =>
        ReferenceEquals(after, before) ? command is RolloutCommand.SetWeight set && set.Weight == before.Weight && !before.Phase.IsOpen()
            : after.Generation == before.Generation
            ? after.Revision == before.Revision + 1
            : after.Generation == before.Generation + 1 && after.Revision == 1);

    [Fact]
    public void A_closed_generation_holds_nothing_or_everything() => Walk((_, _, after) => after.Phase switch
    {
        RolloutPhase.RolledBack or RolloutPhase.Idle => after.Weight == Weight.Zero,
        RolloutPhase.Promoted => after.Weight == Weight.Full,
        _ => true,
    });

    [Fact]
    public void The_arms_change_roles_exactly_when_a_generation_opens_after_a_promotion() => Walk((before, _, after) =>
        before.Swapped != after.Swapped == (before.Phase == RolloutPhase.Promoted && after.Generation > before.Generation));

    [Fact]
    public void Advance_never_lowers_the_weight() => Walk((before, command, after) =>
        command is not RolloutCommand.Advance || after.Weight >= before.Weight);

    [Fact]
    public void A_frozen_rollout_never_goes_up() => Walk((before, command, after) =>
        before.Phase != RolloutPhase.Frozen || command is RolloutCommand.Resume || after.Weight <= before.Weight);

    [Fact]
    public void Only_a_rollback_record_makes_a_rolled_back_generation() => Walk((before, command, after) =>
        after.Phase == RolloutPhase.RolledBack == (after.Rollback is not null)
        && (before.Phase == RolloutPhase.RolledBack || after.Phase != RolloutPhase.RolledBack || command is RolloutCommand.RollBack));

    [Fact]
    public void Only_a_freeze_is_shared_and_nobody_leaves_it_upwards_without_a_reason() => Walk((before, command, after) =>
        (!after.Shared || after.Phase == RolloutPhase.Frozen)
        && (before.Phase != RolloutPhase.Frozen
            || after.Phase is RolloutPhase.Frozen or RolloutPhase.RolledBack
            || command is RolloutCommand.Resume { Reason.Length: > 0 }));

    [Fact]
    public void Baking_is_a_step_at_full_weight() => Walk((_, _, after) =>
        after.Phase != RolloutPhase.Baking || (after.Weight == Weight.Full && !after.Manual && Samples.Plan.Steps[after.Step - 1].IsBake));

    [Fact]
    public void No_way_up_passes_a_step_that_wants_a_person_without_the_persons_approval() => Command.Array[0, 60].Sample(commands =>
    {
        var plan = Samples.Plan with
        {
            Steps = [Samples.Five with { Approval = new ApprovalTerms([]) }, Samples.Half, Samples.Bake with { Approval = new ApprovalTerms([]) }],
        };
        var status = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
        foreach (var command in commands)
        {
            var next = Transitions.Apply(plan, status, command, TimeSpan.Zero, DateTimeOffset.UnixEpoch).Next ?? status;
            var approved = status.Generation == next.Generation && status.Approval is { } approval && approval.Step == status.Step ? status.Step : 0;
            var above = next.Phase == RolloutPhase.Promoted ? 3 : plan.Steps.Count(step => step.Weight < next.Weight);
            // A step that was left with its approval may be passed again, after a weight below it that was set by hand.
            var wasAbove = status.Generation < next.Generation ? 0
                : status.Phase == RolloutPhase.Promoted ? 3
                : Math.Max(status.Step - 1, plan.Steps.Count(step => step.Weight < status.Weight));
            for (var step = wasAbove + 1; step <= above; step++)
            {
                Assert.True(plan.Steps[step - 1].Approval is null || step == approved, $"{command} led from {status} to {next}");
            }

            status = next;
        }
    });

    [Fact]
    public void A_rolled_back_version_never_opens_again_without_a_retry() => Command.Array[0, 60].Sample(commands =>
    {
        var refused = new HashSet<string>();
        var status = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
        foreach (var command in commands)
        {
            if (Apply(status, command) is not { } next)
            {
                continue;
            }

            if (command is RolloutCommand.Retry or RolloutCommand.Exonerate)
            {
                refused.Remove(status.Version ?? "");
            }

            if (command is RolloutCommand.RollBack { Record.BlamesVersion: true } && status.Version is { } bad)
            {
                refused.Add(bad);
            }

            Assert.False(next.Generation > status.Generation && refused.Contains(next.Version ?? ""), $"{next.Version} opened by {command}");
            Assert.Equal(refused.Order(), next.RefusedVersions.Order());
            status = next;
        }
    });

    [Fact]
    public void The_pick_word_always_says_what_the_status_says() => Command.Array[0, 40].Sample(commands =>
    {
        var rig = new LiveRig();
        foreach (var command in commands)
        {
            _ = command is RolloutCommand.RollBack ? rig.RollBack() : rig.Do(command);
            var status = rig.Live.Status;
            var expected = (status.Generation, status.Weight.BasisPoints, !status.Phase.IsOpen(), status.Swapped);
            Assert.Equal(expected, (rig.Generation.Number, rig.Generation.Word.Weight, rig.Generation.Word.Closed, rig.Generation.Swapped));
        }
    });

    private static void Walk(Func<RolloutStatus, RolloutCommand, RolloutStatus, bool> holds) => Command.Array[0, 60].Sample(commands =>
    {
        var status = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
        foreach (var command in commands)
        {
            if (Apply(status, command) is { } next)
            {
                Assert.True(holds(status, command, next), $"{command} led from {status} to {next}");
                status = next;
            }
        }
    });

    private static RolloutStatus? Apply(RolloutStatus status, RolloutCommand command) =>
        Transitions.Apply(Samples.Plan, status, command, TimeSpan.FromSeconds(3), DateTimeOffset.UnixEpoch).Next;
}
