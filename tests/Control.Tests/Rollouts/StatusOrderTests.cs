using CsCheck;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Merge is a join: replicas may hear of each other in any order, twice, or never.</summary>
public sealed class StatusOrderTests
{
    // Two statuses of the same place in the order are the same status, as the compare-and-set of the commits makes sure.
    private static readonly Gen<RolloutStatus> Status = Gen.Select(
        Gen.Long[0, 3], Gen.Enum<RolloutPhase>(), Gen.Long[0, 4],
        (generation, phase, revision) => new RolloutStatus
        {
            Name = "shop",
            Generation = generation,
            Phase = phase == RolloutPhase.RolledBack ? phase : (RolloutPhase)(revision % 5),
            Revision = revision,
        });

    [Fact]
    public void Merge_is_commutative() => Gen.Select(Status, Status).Sample((a, b) => StatusOrder.Merge(a, b) == StatusOrder.Merge(b, a));

    [Fact]
    public void Merge_is_associative() => Gen.Select(Status, Status, Status).Sample((a, b, c) =>
        StatusOrder.Merge(StatusOrder.Merge(a, b), c) == StatusOrder.Merge(a, StatusOrder.Merge(b, c)));

    [Fact]
    public void Merge_is_idempotent() => Status.Sample(a => StatusOrder.Merge(a, a) == a && !StatusOrder.Dominates(a, a));

    [Fact]
    public void A_merge_is_one_of_the_two_and_no_older_than_either() => Gen.Select(Status, Status).Sample((a, b) =>
    {
        var merged = StatusOrder.Merge(a, b);
        return (merged == a || merged == b) && !StatusOrder.Dominates(a, merged) && !StatusOrder.Dominates(b, merged);
    });

    [Fact]
    public void A_rollback_beats_every_revision_of_its_generation() => Gen.Select(Status, Gen.Long[0, long.MaxValue]).Sample((a, revision) =>
    {
        var rolledBack = a with { Phase = RolloutPhase.RolledBack };
        var other = a with { Phase = RolloutPhase.Promoted, Revision = revision };
        return StatusOrder.Merge(rolledBack, other) == rolledBack && StatusOrder.Merge(other, rolledBack) == rolledBack;
    });

    [Fact]
    public void A_newer_generation_beats_a_rollback_of_an_older_one() => Gen.Select(Status, Status).Sample((a, b) =>
        a.Generation == b.Generation || StatusOrder.Merge(a, b).Generation == Math.Max(a.Generation, b.Generation));
}
