namespace Snapback.Control.Rollouts;

/// <summary>What a plan may set about the judge beside its objectives; null switches a rule off.</summary>
public sealed record JudgeTerms
{
    public static readonly JudgeTerms Default = new();

    /// <summary>Concurrent canary requests at the start of a step; every success admits one more. Null: no window.</summary>
    public int? Admission { get; init; } = 2;

    /// <summary>Failures beyond the allowance, after which it rolls back whatever the statistics say.</summary>
    public int? HarmCap { get; init; } = 50;

    /// <summary>How many times stable's failure rate the canary may have.</summary>
    public double? MaxRatioToStable { get; init; } = 2;

    /// <summary>How many times stable's p95 the canary's may be.</summary>
    public double? MaxLatencyRatioToStable { get; init; }

    /// <summary>
    /// The first so many canary requests of a generation, on each replica, say nothing about latency: a cold canary compiles and
    /// fills its pools. It is known before the answer who is left out, so the test stays valid. Null: all count.
    /// </summary>
    public int? WarmUp { get; init; }

    /// <summary>False: a failure common to both arms also pulls the canary.</summary>
    public bool Attribution { get; init; } = true;

    /// <summary>No statistics: so many failures in a row roll back, and the error budget's evidence does not.</summary>
    public int? ConsecutiveFailures { get; init; }
}
