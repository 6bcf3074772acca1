namespace Snapback.Control.Rollouts;

/// <summary>
/// How readily the judge rolls back for slow leaks. A hard failure costs the same two or three requests at every setting.
/// </summary>
public enum Sensitivity
{
    /// <summary>α = 1e-2.</summary>
    High,

    /// <summary>α = 1e-3.</summary>
    Balanced,

    /// <summary>α = 1e-5.</summary>
    Low,
}

/// <summary>What a sensitivity means to the judge.</summary>
public static class Sensitivities
{
    /// <summary>α: the probability that a canary exactly at its limit is rolled back at the start of a step.</summary>
    public static double Alpha(this Sensitivity sensitivity) => sensitivity switch
    {
        Sensitivity.High => 1e-2,
        Sensitivity.Low => 1e-5,
        _ => 1e-3,
    };
}
