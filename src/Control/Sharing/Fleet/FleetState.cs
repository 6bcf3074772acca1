namespace Snapback.Control.Sharing.Fleet;

/// <summary>How this replica stands with the others over one rollout.</summary>
/// <param name="IsHeard">False while it decides by itself: nothing goes up then.</param>
/// <param name="Silence">Since the fleet was last heard.</param>
/// <param name="IsWithheld">The canary gets nothing here, whatever the status says.</param>
/// <param name="Leads">This replica holds the lease: it does what is done once per fleet.</param>
public sealed record FleetState(bool IsHeard, TimeSpan Silence, bool IsWithheld, bool Leads, IReadOnlyList<ReplicaState> Replicas)
{
    /// <summary>What the fleet has was written by a newer version of the product, and cannot be read here.</summary>
    public bool IsNewer { get; init; }

    /// <summary>This replica's directory has another rollout of that name, and further on: neither takes the place of the other.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Who was heard within the last minute and is not any more.</summary>
    public IReadOnlyList<ReplicaState> Away { get; init; } = [];

    /// <summary>How much later than the first one a replica reached what it holds, in milliseconds.</summary>
    public double LagMs(ReplicaState replica) =>
        (replica.ReachedMicros - Replicas.Where(other => other.Key == replica.Key).Min(other => other.ReachedMicros)) / 1000.0;
}
