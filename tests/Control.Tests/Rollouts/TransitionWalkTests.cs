using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Every phase, every verdict that can arrive in it, every command after that.</summary>
public sealed class TransitionWalkTests
{
    private static readonly RolloutCommand[] Commands =
    [
        Samples.Start("v2"), Samples.Start("v1"), Samples.Retry, Samples.Advance, Samples.Await, Samples.Approve, Samples.Pause, Samples.Resume,
        new RolloutCommand.Resume("ann"), Samples.Promote, Samples.Weigh(6000), Samples.Weigh(6000, "v2"), Samples.Weigh(0),
        new RolloutCommand.Freeze("It broke."), new RolloutCommand.Warn("It broke."), new RolloutCommand.Exonerate("It was not to blame."),
    ];

    /// <summary>Where a verdict alone leads, on the thread of the response that gives it.</summary>
    [Theory]
    [InlineData(RolloutPhase.Idle, "Idle", "Idle", "Idle")]
    [InlineData(RolloutPhase.Waiting, "Waiting", "RolledBack", "Frozen")]
    [InlineData(RolloutPhase.Progressing, "Progressing", "RolledBack", "Frozen")]
    [InlineData(RolloutPhase.Paused, "Paused", "RolledBack", "Frozen")]
    [InlineData(RolloutPhase.Frozen, "Frozen", "RolledBack", "Frozen")]
    [InlineData(RolloutPhase.Baking, "Baking", "RolledBack", "RolledBack")]
    [InlineData(RolloutPhase.Promoted, "Promoted", "Promoted", "Promoted")]
    [InlineData(RolloutPhase.RolledBack, "RolledBack", "RolledBack", "RolledBack")]
    public void A_verdict_leads_where_the_table_says_and_every_command_after_it_keeps_the_promises(
        RolloutPhase phase, string pass, string breach, string bothBad)
    {
        foreach (var verdict in Enum.GetValues<VerdictState>())
        {
            // At 100 % nothing reaches stable, so that there is nobody to share the blame.
            var expected = verdict switch
            {
                VerdictState.Breach => breach,
                VerdictState.BothBad => bothBad,
                _ => pass,
            };
            Assert.True(expected == In(phase, verdict).Live.Status.Phase.ToString(), $"{phase}, {verdict}: {In(phase, verdict).Live.Status.Phase}");
            foreach (var command in Commands)
            {
                var rig = In(phase, verdict);
                var before = rig.Live.Status;
                var transition = rig.Transition(command);
                var next = transition.Next ?? before;
                var said = $"{phase}, {verdict}, {command} led from {before} to {next}";
                Assert.True(transition.Next is not null ^ transition.Refusal.Length > 0, said);
                Assert.True(
                    before.Phase.IsOpen()
                        || next.Phase == before.Phase
                        || next.Generation == before.Generation + 1
                        || command is RolloutCommand.Exonerate,
                    said);
                Assert.True(before.Phase != RolloutPhase.Frozen || next.Weight <= before.Weight || command is RolloutCommand.Resume, said);
                Assert.True(
                    before.Rollback is not { BlamesVersion: true }
                        || next.Generation == before.Generation
                        || next.Version != before.Version
                        || command is RolloutCommand.Retry,
                    said);

                rig.Do(command);
                rig.RollBack();
                Assert.True(
                    rig.Live.Status.Weight == Weight.Zero
                        && rig.Generation.Word is { Weight: 0 }
                        && !rig.Live.Status.Phase.IsOpen(),
                    $"{said}, and was not rolled back");
            }
        }
    }

    private static LiveRig In(RolloutPhase phase, VerdictState verdict)
    {
        var rig = new LiveRig(Samples.Unbounded);
        rig.Do(phase switch
        {
            RolloutPhase.Idle => [],
            RolloutPhase.Waiting => [Samples.Start("v1"), Samples.Await],
            RolloutPhase.Progressing => [Samples.Start("v1")],
            RolloutPhase.Paused => [Samples.Start("v1"), Samples.Pause],
            RolloutPhase.Frozen => [Samples.Start("v1"), new RolloutCommand.Freeze("It broke.")],
            RolloutPhase.Baking => [Samples.Start("v1"), Samples.Advance, Samples.Advance],
            RolloutPhase.Promoted => [Samples.Start("v1"), Samples.Promote],
            _ => [Samples.Start("v1"), new RolloutCommand.RollBack(Samples.Record)],
        });
        for (var i = 0; i < 6; i++)
        {
            switch (verdict)
            {
                case VerdictState.Pass:
                    rig.Serve(Outcome.Success);
                    break;
                case VerdictState.Breach:
                    rig.Serve(Outcome.Failure);
                    break;
                case VerdictState.BothBad:
                    // In the proportion of 5 %, so that each arm has its share of one and the same outage.
                    for (var share = 0; share < 19; share++)
                    {
                        rig.ServeStable(Outcome.Failure);
                    }

                    rig.Serve(Outcome.Failure);
                    break;
            }
        }

        return rig;
    }
}
