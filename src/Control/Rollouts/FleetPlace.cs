namespace Snapback.Control.Rollouts;

/// <summary>Where a replica stands among those of its rollout that live; all of them see one order.</summary>
/// <param name="Rank">From 0.</param>
/// <param name="Of">How many there are, this one among them; at least 1.</param>
public sealed record FleetPlace(int Rank, int Of)
{
    public static readonly FleetPlace Only = new(0, 1);

    /// <param name="own">This replica's name.</param>
    /// <param name="others">Those of the others that live.</param>
    public static FleetPlace Among(string own, IReadOnlyCollection<string> others) =>
        new(others.Count(other => string.CompareOrdinal(other, own) < 0), others.Count + 1);

    /// <summary>The place in the order of one generation: the first to meet a new version are not always the same.</summary>
    public FleetPlace In(long generation) => this with { Rank = (int)((Rank + generation) % Of) };
}
