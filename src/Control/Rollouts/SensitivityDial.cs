namespace Snapback.Control.Rollouts;

public static class SensitivityDial
{
    /// <summary>
    /// α: the probability that a canary exactly at its limit is rolled back at the start of a step. A hard failure costs the
    /// same two or three requests at every setting; the dial moves the slow leaks.
    /// </summary>
    public static double Alpha(this Sensitivity sensitivity) => sensitivity switch
    {
        Sensitivity.High => 1e-2,
        Sensitivity.Low => 1e-5,
        _ => 1e-3,
    };
}
