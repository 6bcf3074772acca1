using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A rollback and a promotion in the same moment: one end, and no request for the canary in between.</summary>
public sealed class LiveRolloutRaceTests
{
    [Fact]
    public async Task Promotion_and_an_operators_rollback_at_once_end_rolled_back()
    {
        for (var i = 0; i < 300; i++)
        {
            var rig = LiveRig.Started();
            var promoted = rig.Next(Samples.Promote)!;
            await Task.WhenAll(Task.Run(() => rig.Live.Adopt(promoted)), Task.Run(rig.RollBack));
            Assert.Equal((RolloutPhase.RolledBack, 0, true), (rig.Live.Status.Phase, rig.Generation.Word.Weight, rig.Generation.Word.Closed));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_promotion_that_arrives_in_the_middle_of_a_rollback_gives_the_canary_no_request(bool byTheJudge)
    {
        var rig = LiveRig.Started();
        var (promoted, picked) = (rig.Next(Samples.Promote)!, new List<Arm>());
        rig.Serve(Outcome.Failure);
        rig.Time.Looked = () =>
        {
            if (rig.Generation.Word.Closed && picked.Count == 0)
            {
                picked.Add(Arm.Stable);
                rig.Live.Adopt(promoted);
                picked.Add(rig.Generation.Pick(0).Arm);
            }
        };
        _ = byTheJudge ? rig.Serve(Outcome.Failure) : rig.RollBack() is null ? Arm.Canary : Arm.Stable;
        Assert.Equal([Arm.Stable, Arm.Stable], picked);
        Assert.Equal((RolloutPhase.RolledBack, 0u), (rig.Live.Status.Phase, rig.Now.Status.Rollback!.CanaryAfterDecision));
    }

    [Fact]
    public async Task Promotion_and_a_breach_at_once_end_one_way_or_the_other()
    {
        for (var i = 0; i < 300; i++)
        {
            var rig = LiveRig.Started();
            var promoted = rig.Next(Samples.Promote)!;
            rig.Serve(Outcome.Failure);
            await Task.WhenAll(Task.Run(() => rig.Live.Adopt(promoted)), Task.Run(() => rig.Serve(Outcome.Failure)));
            var status = rig.Live.Status;
            Assert.Contains(status.Phase, new[] { RolloutPhase.Promoted, RolloutPhase.RolledBack });
            Assert.Equal((status.Weight.BasisPoints, true), (rig.Generation.Word.Weight, rig.Generation.Word.Closed));
            Assert.Equal(status.Phase == RolloutPhase.RolledBack, status.Rollback is not null);
        }
    }
}
