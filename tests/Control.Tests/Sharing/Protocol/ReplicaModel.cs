using Snapback.Control.Rollouts;

namespace Snapback.Control.Tests.Sharing.Protocol;

/// <param name="Unheard">It started again and has heard nobody yet.</param>
internal sealed record ReplicaModel(RolloutStatus Holds, RolloutStatus Journal, bool Withheld, bool Unheard)
{
    public Weight Serves => Withheld ? Weight.Zero : Holds.Weight;

    public ReplicaModel Take(RolloutStatus status, PlantedInFleet planted) =>
        (planted == PlantedInFleet.HigherRevisionWins
            ? (status.Generation, status.Revision).CompareTo((Holds.Generation, Holds.Revision)) >= 0
            : StatusOrder.Dominates(status, Holds))
            ? this with { Holds = status }
            : this;

    public override string ToString() =>
        $"{FleetModel.Show(Holds)} (journal {FleetModel.Show(Journal)}{(Withheld ? ", withheld" : "")}{(Unheard ? ", unheard" : "")})";
}
