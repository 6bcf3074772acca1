namespace Snapback.Control.Plans;

/// <summary>What the caller knows and the document may leave out: the sidecar form names no clusters.</summary>
/// <param name="Name">The only name that the document may carry, such as the one of the URL; null to accept any.</param>
/// <param name="Stable">Cluster id, used when the document names none.</param>
/// <param name="Canary">Cluster id, used when the document names none.</param>
public sealed record PlanDefaults(string? Name = null, string? Stable = null, string? Canary = null);
