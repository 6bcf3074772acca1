namespace Snapback.Control.Analysis;

/// <summary>What the judge asks for, by its reason. All but the first two and the last blame the version.</summary>
public enum Cause
{
    /// <summary>Go on.</summary>
    None,

    /// <summary>Both arms fail: hold the weight; nobody is blamed yet.</summary>
    Shared,

    /// <summary>Roll back: too many failures for the budget.</summary>
    Errors,

    /// <summary>Roll back: too many slow responses for the limit.</summary>
    Latency,

    /// <summary>Roll back: fails too many times as often as stable.</summary>
    Relative,

    /// <summary>Roll back: its p95 is too many times stable's.</summary>
    RelativeLatency,

    /// <summary>Roll back: caused as much harm as it may, whatever the statistics say.</summary>
    HarmCap,

    /// <summary>Roll back: so many failures in a row, no statistics.</summary>
    Consecutive,

    /// <summary>Withdraw as a precaution: both arms still fail. The version is not to blame and may be tried again.</summary>
    SharedGraceOver,
}
