using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>What of the canary's answer to a copy is held beside stable's answer to the user.</summary>
public sealed record ComparisonTerms
{
    public bool Status { get; init; } = true;

    /// <summary>Response headers whose values must be the same.</summary>
    public ImmutableArray<string> Headers { get; init; } = [];

    /// <summary>Bodies, if both are JSON: by value, whatever the order of members and the blanks.</summary>
    public bool Json { get; init; }

    /// <summary>JSON paths that may differ: times, ids.</summary>
    public ImmutableArray<string> Ignore { get; init; } = [];

    /// <summary>The step is not left while more than this share of the compared answers differs, 0 to 1; null if they are only reported.</summary>
    public double? MaxDifferent { get; init; }
}
