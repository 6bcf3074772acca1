namespace Snapback.Proxy.Commands;

/// <summary>Who met a version that was rolled back, as the admin API shows it.</summary>
internal sealed record ExposureView
{
    public long? Requests { get; init; }

    public long? Users { get; init; }

    public long? Bytes { get; init; }

    /// <summary>How many replicas have reported their counts.</summary>
    public int? Replicas { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }
}
