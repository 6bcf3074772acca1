namespace Snapback.Control.Rollouts;

/// <summary>Where a replica stands among those of its rollout that live; all of them see one order.</summary>
/// <param name="Rank">From 0.</param>
/// <param name="Of">How many there are, this one among them; at least 1.</param>
public sealed record FleetPlace(int Rank, int Of)
{
    public static readonly FleetPlace Only = new(0, 1);

    /// <param name="own">This replica's name.</param>
    /// <param name="others">Those of the others that live.</param>
    /// <param name="generation">Turns the order, so that the first to meet a new version are not always the same.</param>
    public static FleetPlace Among(string own, IReadOnlyCollection<string> others, long generation)
    {
        var (before, all) = (others.Count(other => string.CompareOrdinal(other, own) < 0), others.Count + 1);
        return new FleetPlace((int)((before + generation) % all), all);
    }
}
