namespace Snapback.Control.Analysis;

/// <summary>A ruling as it will be told.</summary>
/// <param name="Version">The canary's version.</param>
/// <param name="WeightBefore">Its weight as people write it, such as "5%".</param>
/// <param name="Weight">The same as a share, in [0, 1].</param>
/// <param name="Since">When the stretch began, as people write it, such as "14:03:07".</param>
/// <param name="Settings">What it was judged by.</param>
/// <param name="Ruling">The judge's answer.</param>
/// <param name="LatencyLimit">Slower than this was bad; needed for a latency ruling only.</param>
/// <param name="WasRolledBack">False: it is told what was seen, and the weight stays.</param>
/// <param name="IsShadow">The canary answers copies, and both arms the same requests.</param>
public sealed record Case(
    string Version,
    string WeightBefore,
    double Weight,
    string Since,
    JudgeSettings Settings,
    Ruling Ruling,
    TimeSpan LatencyLimit = default,
    bool WasRolledBack = true,
    bool IsShadow = false)
{
    internal Alarm AlarmOf(DetectorSettings settings) =>
        new(Version, WeightBefore, Ruling.Stretch, settings, Ruling.Level, Ruling.Stable, WasRolledBack);
}
