using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// Where the canary's failures come from, in bounded memory: by route, by destination and by the client's network, each beside its
/// share of the requests, since everything that fails does so somewhere.
/// </summary>
public sealed class FailureDetails
{
    /// <summary>Every request counts until there are so many; then one in <see cref="Sampling"/>, for all of these.</summary>
    private const uint CountedOneByOne = 1024;

    private const uint Sampling = 16;

    /// <summary>2³² over the golden ratio: spreads the sample, so that it keeps no step with destinations that take turns.</summary>
    private const uint Spread = 2_654_435_769;

    private const int Shown = 3;

    private readonly Lock _lock = new();
    private readonly Dimension<string> _routes = new("route");
    private readonly Dimension<string> _destinations = new("destination");
    private readonly Dimension<ClientNetwork> _networks = new("network");

    /// <summary>A request whose place is worth a look: all failures, and a sample of the rest.</summary>
    public static bool Wants(Pick pick, Outcome outcome) =>
        pick.Arm == Arm.Canary && pick.IsEvidence && outcome != Outcome.Neutral
        && (outcome == Outcome.Failure || WeightOf(pick) > 0);

    /// <summary>
    /// To be called for requests that <see cref="Wants"/> names, and before a rollback that they cause is recorded: the record tells of them.
    /// </summary>
    public void Add(Pick pick, Outcome outcome, RequestPlace place)
    {
        var failed = outcome == Outcome.Failure;
        var weight = WeightOf(pick);
        lock (_lock)
        {
            _routes.Add(place.Route, failed, weight);
            _destinations.Add(place.Destination, failed, weight);
            _networks.Add(place.Network, failed, weight);
        }
    }

    /// <summary>The heaviest of each kind, by their failures.</summary>
    public IReadOnlyList<Concentration> Read()
    {
        lock (_lock)
        {
            return [.. _routes.Read(), .. _destinations.Read(), .. _networks.Read()];
        }
    }

    /// <summary>One sentence about each place that more failures come from than chance would put there; null if there is none.</summary>
    public string? Sentence()
    {
        var told = Read().Where(place => place.IsTelling).DistinctBy(place => place.Kind).Select(place => place.Sentence).ToList();
        return told.Count > 0 ? string.Join(" ", told) : null;
    }

    private static uint WeightOf(Pick pick) =>
        pick.Sequence <= CountedOneByOne ? 1 : unchecked(pick.Sequence * Spread) < uint.MaxValue / Sampling ? Sampling : 0;

    private sealed class Dimension<T>(string kind)
        where T : IEquatable<T>
    {
        private readonly HeavyKeys<T> _failures = new();
        private readonly HeavyKeys<T> _requests = new();

        public void Add(T key, bool failed, long weight)
        {
            if (failed)
            {
                _failures.Add(key, 1);
            }

            if (weight > 0)
            {
                _requests.Add(key, weight);
            }
        }

        public IEnumerable<Concentration> Read() =>
            _failures.Top(Shown).Select(top => new Concentration(kind, top.Key.ToString()!, top.Count, _failures.Total, _requests.ShareOf(top.Key)));
    }
}
