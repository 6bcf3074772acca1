using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>What a segment and a tester's choice do to the pick.</summary>
public sealed class EligibilityTests
{
    [Theory]
    [InlineData(0, Eligibility.Always, 0, Arm.Stable)]
    [InlineData(1, Eligibility.Always, 9999, Arm.Canary)]
    [InlineData(10_000, Eligibility.Never, 0, Arm.Stable)]
    [InlineData(5000, Eligibility.ByWeight, 4999, Arm.Canary)]
    [InlineData(5000, Eligibility.ByWeight, 5000, Arm.Stable)]
    public void The_segment_speaks_before_the_weight_and_only_the_weight_is_a_coin(int weight, Eligibility eligibility, int draw, Arm arm)
    {
        var pick = LiveRig.Started(Samples.Unbounded, weight).Generation.Pick(draw, eligibility: eligibility);
        Assert.Equal((arm, eligibility == Eligibility.ByWeight), (pick.Arm, pick.ByCoin));
    }

    [Fact]
    public void A_promoted_canary_has_the_ineligible_too_and_a_rolled_back_one_not_even_the_chosen()
    {
        var promoted = LiveRig.Started(Samples.Unbounded, 10_000);
        promoted.Do(new RolloutCommand.Promote("ann"));
        Assert.Equal(Arm.Canary, promoted.Generation.Pick(0, eligibility: Eligibility.Never).Arm);
        var rolledBack = LiveRig.Started(Samples.Unbounded, 10_000);
        rolledBack.RollBack();
        Assert.Equal(Arm.Stable, rolledBack.Generation.Pick(0, eligibility: Eligibility.Always).Arm);
        Assert.Equal(Arm.Stable, rolledBack.Generation.Pick(0, eligibility: Eligibility.Never).Arm);
    }

    [Fact]
    public void A_tester_reaches_an_open_canary_at_weight_0_and_a_promoted_one_and_no_closed_one()
    {
        var rig = LiveRig.Started(Samples.Unbounded, 0);
        Assert.Equal((Arm.Canary, 1u, false, true), Told(rig.Generation.PickForced(Arm.Canary)));
        Assert.Equal((Arm.Stable, 0u, false, true), Told(rig.Generation.PickForced(Arm.Stable)));
        rig.RollBack();
        Assert.Equal(Arm.Stable, rig.Generation.PickForced(Arm.Canary).Arm);

        static (Arm, uint, bool, bool) Told(Pick pick) => (pick.Arm, pick.Sequence, pick.Counts, pick.Forced);
    }
}
