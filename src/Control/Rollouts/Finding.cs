using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>What a finding says about leaving the step.</summary>
public enum FindingState
{
    Pass,

    /// <summary>Not known yet, or not good enough yet.</summary>
    Wait,

    /// <summary>A no. Whoever found it rolls back; until then nothing goes up.</summary>
    Fail,
}

/// <summary>What somebody outside the judge says of an open generation: a hook, a query.</summary>
/// <param name="Source">Such as <c>hook smoke-test</c>; the newest finding of a source counts.</param>
/// <param name="Sentence">What is waited for and for how long still; for people.</param>
/// <param name="Step">The step it is about; null for the whole generation.</param>
public sealed record Finding(string Source, long Generation, FindingState State, string Sentence, int? Step = null)
{
    /// <summary>When it will have changed at the latest, on the wall clock; null if that is not known.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Of whoever is asked again when the step is entered again, as <see cref="RolloutSnapshot.Visit"/> counts; null for the others.</summary>
    public long? Visit { get; init; }

    /// <summary>A bad answer, or none: somebody may have to do something, however long the step has to hold.</summary>
    public bool IsTrouble { get; init; }

    public string Told(DateTimeOffset now) => Until is { } until && until > now ? $"{Sentence} ({Durations.Rough(until - now)} left)" : Sentence;
}

/// <summary>The newest finding of every source.</summary>
public sealed class Findings
{
    /// <summary>Most rollouts have none.</summary>
    private ImmutableDictionary<string, Finding> _newest = ImmutableDictionary.Create<string, Finding>(StringComparer.Ordinal);

    public void Set(Finding finding) => ImmutableInterlocked.Update(ref _newest, (newest, added) => newest.SetItem(added.Source, added), finding);

    public void Remove(string source) => ImmutableInterlocked.TryRemove(ref _newest, source, out _);

    /// <summary>In the order of their sources; those of other generations, steps and visits say nothing.</summary>
    public ImmutableArray<Finding> Of(RolloutStatus status, long visit) => Volatile.Read(ref _newest) is not { IsEmpty: false } newest
        ? []
        : [.. newest.Values
            .Where(finding => finding.Generation == status.Generation && (finding.Step ?? status.Step) == status.Step && (finding.Visit ?? visit) == visit)
            .OrderBy(finding => finding.Source, StringComparer.Ordinal)];
}
