namespace Snapback.Proxy.Commands;

/// <summary>One line of a rollout's history as the admin API shows it.</summary>
internal sealed record HistoryView
{
    /// <summary>Null in lines that an older version of Snapback wrote.</summary>
    public string? Id { get; init; }

    public DateTimeOffset? At { get; init; }

    public string? Kind { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public string? Phase { get; init; }

    public decimal? Weight { get; init; }

    public long Generation { get; init; }

    public long Revision { get; init; }

    public string? Version { get; init; }

    public ExposureView? Exposure { get; init; }

    public string? Sentence { get; init; }
}
