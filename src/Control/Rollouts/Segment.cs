using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>Who is eligible for the canary; the weight then holds among those. Empty parts say nothing.</summary>
public sealed record Segment
{
    public static readonly Segment Everybody = new();

    /// <summary>Every one of these must hold.</summary>
    public ImmutableArray<Condition> All { get; init; } = [];

    /// <summary>At least one of these must hold.</summary>
    public ImmutableArray<Condition> Any { get; init; } = [];

    /// <summary>None of these may hold; stronger than everything else.</summary>
    public ImmutableArray<Condition> Never { get; init; } = [];

    /// <summary>Whoever one of these holds for gets the canary at any weight above 0.</summary>
    public ImmutableArray<Condition> Always { get; init; } = [];

    public bool IsEverybody => All.IsEmpty && Any.IsEmpty && Never.IsEmpty && Always.IsEmpty;

    /// <summary>Some condition is this flag.</summary>
    public bool Asks(string flag) => All.Concat(Any).Concat(Never).Concat(Always).Any(condition => condition.Asks(flag));
}

/// <summary>Which part of a request a condition looks at.</summary>
public enum ConditionKind
{
    Header,
    Cookie,
    Query,

    /// <summary>Of the caller's verified token.</summary>
    Claim,

    /// <summary>A value of the claims <c>groups</c> or <c>roles</c>.</summary>
    Group,

    /// <summary>The client's address lies in one of these networks.</summary>
    Cidr,

    /// <summary>The header <c>X-Region</c>, in any case.</summary>
    Region,

    /// <summary>A path as it is, or everything below it (<c>/api/**</c>), in any case.</summary>
    Path,
    Method,

    /// <summary>A flag of Microsoft.FeatureManagement is on for the user.</summary>
    Flag,

    /// <summary>All of its parts hold.</summary>
    All,
}

/// <summary>One thing that a request shows.</summary>
/// <param name="Name">Of the header, cookie, query parameter, claim or flag; empty for the other kinds.</param>
/// <param name="Values">One of them; <c>*</c> at an end stands for anything. Empty: whatever the value, it is there.</param>
public sealed record Condition(ConditionKind Kind, string Name, ImmutableArray<string> Values)
{
    /// <summary>A regular expression for the whole value (<see cref="ValuePattern"/>), instead of values; null for none.</summary>
    public string? Pattern { get; init; }

    /// <summary>Of <see cref="ConditionKind.All"/>.</summary>
    public ImmutableArray<Condition> Parts { get; init; } = [];

    /// <summary>It or a part of it is this flag.</summary>
    public bool Asks(string flag) =>
        (Kind == ConditionKind.Flag && string.Equals(Name, flag, StringComparison.OrdinalIgnoreCase))
            || Parts.Any(part => part.Asks(flag));

    /// <summary>Whatever the other holds for, this one does; false where that cannot be told without a request.</summary>
    public bool Covers(Condition other) => Kind == other.Kind
        && Kind != ConditionKind.All
        && string.Equals(
            Name, other.Name, Kind is ConditionKind.Header or ConditionKind.Flag ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
        && (Pattern is null && Values.IsEmpty
            || Pattern is not null && Pattern == other.Pattern
            || !other.Values.IsEmpty && other.Values.All(value => Values.Contains(value)));

    /// <summary>The kinds that have a name.</summary>
    public bool IsNamed => Kind is ConditionKind.Header or ConditionKind.Cookie or ConditionKind.Query or ConditionKind.Claim or ConditionKind.Flag;
}
