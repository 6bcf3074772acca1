namespace Snapback.Control.Analysis;

/// <summary>A bucket that is not empty.</summary>
/// <param name="MidpointMicros">Within 0.4 % of every latency in it, in microseconds.</param>
/// <param name="Count">At least 1.</param>
public readonly record struct LatencyBucket(double MidpointMicros, long Count);
