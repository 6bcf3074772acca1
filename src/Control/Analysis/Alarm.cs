namespace Snapback.Control.Analysis;

/// <summary>An alarm as it will be told.</summary>
/// <param name="Version">The canary's version.</param>
/// <param name="WeightBefore">Its weight as people write it, such as "5%".</param>
/// <param name="Stretch">What explains the alarm; see <see cref="Detector.Explain"/>.</param>
/// <param name="Settings">The budget it broke and the certainty asked for.</param>
/// <param name="Level">M at the alarm.</param>
/// <param name="Stable">Stable's counts in the same stretch; null where they are not known.</param>
/// <param name="WasRolledBack">False: it is told what was seen, and the weight stays.</param>
public sealed record Alarm(
    string Version, string WeightBefore, Stretch Stretch, DetectorSettings Settings, double Level, StableCounts? Stable = null,
    bool WasRolledBack = true);

/// <summary>Stable's responses while the canary failed, and how many of them were bad by the same measure.</summary>
public readonly record struct StableCounts(long Responses, long Failures);
