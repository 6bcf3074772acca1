namespace Snapback.Proxy.Commands;

/// <summary>The record of one rollback as the admin API shows it.</summary>
internal sealed record RollbackView
{
    public string? Trigger { get; init; }

    public string? Explanation { get; init; }

    /// <summary>In per cent; null for a rollback by hand.</summary>
    public double? Observed { get; init; }

    public double? Limit { get; init; }

    public long? Requests { get; init; }

    public long? Failures { get; init; }

    public string? Authority { get; init; }

    public string? By { get; init; }

    public string? Replica { get; init; }

    public DateTimeOffset? At { get; init; }

    public double? DecisionMicros { get; init; }

    public long? CanaryAfterDecision { get; init; }

    public long? InFlightAtDecision { get; init; }

    public long? Shielded { get; init; }

    public long? TakenBack { get; init; }

    public long? Cut { get; init; }

    public long? Victims { get; init; }

    public double? SpreadMs { get; init; }

    public double? DeadlineMs { get; init; }

    public double? TookMs { get; init; }
}
