using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>A rollout as it stands in the store; the plan as its canonical JSON.</summary>
/// <param name="Status">Null if another version of the product wrote something this one cannot read.</param>
/// <param name="Untold">What the process before this one lowered and could not write there; null if there was none.</param>
public sealed record StoredRollout(string Name, string Plan, RolloutStatus? Status, RolloutStatus? Untold = null);
