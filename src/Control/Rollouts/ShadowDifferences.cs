using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>One place in which two answers to the same request differ; values are masked.</summary>
/// <param name="Where">"status", "header content-type", or a JSON path with <c>[*]</c> for every index.</param>
public readonly record struct AnswerDifference(string Where, string Stable, string Canary);

/// <summary>One request in which it was seen.</summary>
/// <param name="Path">Masked, and without the query.</param>
public sealed record DifferenceSample(DateTimeOffset At, string Method, string Path, string Stable, string Canary);

/// <summary>How often a place differed, and the last samples of it.</summary>
public sealed record DifferingPlace(string Where, long Count, ImmutableArray<DifferenceSample> Samples);

/// <summary>What the comparison of a generation's copies has found on this replica, in bounded memory. Thread-safe.</summary>
public sealed class ShadowDifferences
{
    private const int MostPlaces = 50;
    private const int MostSamples = 3;

    /// <summary>The place that stands for all beyond the first <see cref="MostPlaces"/>.</summary>
    private const string Others = "other places";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DifferingPlace> _places = new(StringComparer.Ordinal);
    private long _compared;
    private long _different;
    private long _notCompared;

    /// <summary>Copies whose answer was held beside stable's.</summary>
    public long Compared => Volatile.Read(ref _compared);

    /// <summary>Those among them that differ in one place or more.</summary>
    public long Different => Volatile.Read(ref _different);

    /// <summary>One of both answers was broken, not read to its end, or too long to be kept.</summary>
    public long NotCompared => Volatile.Read(ref _notCompared);

    /// <summary>Different of compared, 0 to 1.</summary>
    public double Share => Compared == 0 ? 0 : (double)Different / Compared;

    /// <summary>Most frequent first.</summary>
    public ImmutableArray<DifferingPlace> Places
    {
        get
        {
            lock (_lock)
            {
                return [.. _places.Values.OrderByDescending(place => place.Count).ThenBy(place => place.Where, StringComparer.Ordinal)];
            }
        }
    }

    public void Skip() => Interlocked.Increment(ref _notCompared);

    public void Add(IReadOnlyCollection<AnswerDifference> found, DateTimeOffset at, string method, string path)
    {
        Interlocked.Increment(ref _compared);
        if (found.Count == 0)
        {
            return;
        }

        Interlocked.Increment(ref _different);
        lock (_lock)
        {
            foreach (var difference in found.DistinctBy(one => one.Where))
            {
                var where = _places.ContainsKey(difference.Where) || _places.Count < MostPlaces ? difference.Where : Others;
                var place = _places.GetValueOrDefault(where) ?? new DifferingPlace(where, 0, []);
                var samples = place.Samples.Add(new DifferenceSample(at, method, path, difference.Stable, difference.Canary));
                _places[where] = place with { Count = place.Count + 1, Samples = samples.Length > MostSamples ? samples.RemoveAt(0) : samples };
            }
        }
    }
}
