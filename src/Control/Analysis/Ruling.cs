namespace Snapback.Control.Analysis;

/// <summary>The judge's answer to one bad response.</summary>
/// <param name="Cause">What is asked for, and why.</param>
/// <param name="Stretch">
/// The responses that explain it. For the two relative causes these are the bad responses of both arms, and as failures the
/// canary's; for the harm cap the whole generation; for failures in a row the run.
/// </param>
/// <param name="Stable">Stable's counts by the same measure in the same stretch; null where it is not known.</param>
/// <param name="Level">M; for the harm cap the failures beyond the allowance, for failures in a row their number.</param>
/// <param name="Provisional">The gate has not passed: whoever acts on it looks for some seconds whether stable follows.</param>
public readonly record struct Ruling(Cause Cause, Stretch Stretch, StableCounts? Stable, double Level, bool Provisional = false)
{
    /// <summary>The canary must go to 0 %, to blame or not.</summary>
    public bool EndsCanary => Ends(Cause);

    /// <summary>It is at 0 % already, and whoever has the ruling is the one to record it.</summary>
    public bool Lowered { get; init; }

    /// <summary>
    /// Of a comparison: w when the request was assigned that decided, which may be another one than the canary has now. Null for the other
    /// causes, and where replicas told it.
    /// </summary>
    public double? Weight { get; init; }

    /// <summary>It was slow, and did not fail.</summary>
    public bool IsOfLatency { get; init; }

    /// <summary>The harm cap did not wait for the end of the grace.</summary>
    public bool IsOfCap { get; init; }

    /// <summary>The version is marked failed.</summary>
    public bool BlamesCanary => EndsCanary && Cause != Cause.SharedGraceOver;

    internal static bool Ends(Cause cause) => cause is not (Cause.None or Cause.Shared);
}
