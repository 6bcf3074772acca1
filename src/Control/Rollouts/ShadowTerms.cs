using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>Which requests a shadow step copies to the canary, and how many at once.</summary>
public sealed record ShadowTerms
{
    public static readonly ShadowTerms Default = new();

    /// <summary>Of the requests: what a shadow step copies that was added because the plan has none of its own.</summary>
    public Weight Share { get; init; } = Weight.Full;

    /// <summary>Safe ones (RFC 9110, 9.2.1) only: a copy acts a second time.</summary>
    public ImmutableArray<string> Methods { get; init; } = ["GET"];

    /// <summary>A copy that is not answered by then has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Copies that wait for their turn, on each replica; those that find it full are dropped and counted.</summary>
    public int Queue { get; init; } = 100;

    /// <summary>Copies that are with the canary at the same time, on each replica.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Headers and query parameters with credentials that copies keep; all others are stripped.</summary>
    public ImmutableArray<string> Credentials { get; init; } = [];

    /// <summary>Null if answers are not compared.</summary>
    public ComparisonTerms? Compare { get; init; }

    public bool IsDefault =>
        Methods.SequenceEqual(Default.Methods)
            && Credentials.IsEmpty
            && this == Default with { Methods = Methods, Credentials = Credentials };
}
