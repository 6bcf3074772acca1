namespace Snapback.Control.Analysis;

/// <summary>Everything one generation is judged by; null switches a rule off.</summary>
/// <param name="Errors">Budget of failures.</param>
/// <param name="Latency">Budget of slow responses.</param>
public sealed record JudgeSettings(DetectorSettings? Errors, DetectorSettings? Latency)
{
    /// <summary>ρ0: how many times stable's failure rate the canary may have, in [1, 1000].</summary>
    public double? MaxRatioToStable { get; init; } = 2;

    /// <summary>f: how many times stable's p95 the canary's may be, in [1, 1000].</summary>
    public double? LatencyRatioToStable { get; init; }

    /// <summary>α of the two tests against stable, in [1e-7, 0.5].</summary>
    public double RelativeAlpha { get; init; } = 1e-3;

    /// <summary>a: P(a failure of both arms is blamed on the canary), in (0, 1]. Null blames without asking.</summary>
    public double? Attribution { get; init; } = 0.05;

    /// <summary>C: failures beyond the allowance, above 0; no cap without a budget for errors, which is the allowance.</summary>
    public double? HarmCap { get; init; } = 50;

    /// <summary>Roll back at so many failures in a row, at least 1, and no longer by evidence against the error budget.</summary>
    public int? ConsecutiveFailures { get; init; }

    /// <summary>How long a failure of both arms is watched before the canary is withdrawn as a precaution.</summary>
    public TimeSpan SharedGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The defaults at one sensitivity.</summary>
    /// <param name="alpha">α: 1e-2 high, 1e-3 balanced, 1e-5 low.</param>
    /// <param name="errors">p0 of failures, in (0, 1).</param>
    /// <param name="latency">p0 of slow responses: 0.05 for a p95.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public static JudgeSettings For(double alpha, double? errors, double? latency = null) => new(
        errors is { } failed ? DetectorSettings.For(failed, alpha) : null,
        latency is { } slow ? DetectorSettings.For(slow, alpha) : null)
    {
        RelativeAlpha = alpha,
        Attribution = AttributionFor(alpha),
    };

    internal JudgeSettings Checked()
    {
        Check.In(HarmCap ?? 1, double.Epsilon, double.MaxValue, nameof(HarmCap));
        Check.In(ConsecutiveFailures ?? 1, 1, int.MaxValue, nameof(ConsecutiveFailures));
        Check.In(SharedGrace.Ticks, 0, long.MaxValue, nameof(SharedGrace));
        return this;
    }

    // Whoever rolls back lightly also blames lightly. One chance in 20 costs nothing at weights up to 20 %, two failures at 50 %.
    private static double AttributionFor(double alpha) => alpha switch
    {
        >= 1e-2 => 0.2,
        > 1e-5 => 0.05,
        _ => 0.01,
    };
}
