namespace Snapback.Control.Analysis;

/// <summary>What the tests say at one moment, and the one table that makes a cause of it.</summary>
/// <param name="Alarm">Errors or Latency while the canary breaks that budget; otherwise None.</param>
/// <param name="Blamed">The attribution gate passes: the alarm is the canary's own doing.</param>
/// <param name="Unharmed">Stable has failed nobody since the stretch began that explains the alarm.</param>
/// <param name="Relative">Relative or RelativeLatency if the share test fires; otherwise None.</param>
/// <param name="InARow">So many failures in a row as were set.</param>
/// <param name="Capped">The harm cap is reached.</param>
/// <param name="StableAlarms">Stable breaks the same budget.</param>
/// <param name="GraceOver">The alarm has lasted for the shared grace.</param>
internal readonly record struct Signals(
    Cause Alarm = Cause.None,
    bool Blamed = false,
    bool Unharmed = false,
    Cause Relative = Cause.None,
    bool InARow = false,
    bool Capped = false,
    bool StableAlarms = false,
    bool GraceOver = false)
{
    /// <summary>The canary is blamed for want of another suspect.</summary>
    public bool Provisional => this is { InARow: false, Alarmed: true, Blamed: false, Relative: Cause.None, Unharmed: true };

    private bool Alarmed => Alarm != Cause.None;

    /// <summary>The first row that fits.</summary>
    public Cause Cause => this switch
    {
        // Asked for without statistics; then the gate, which is one, has no say either.
        { InARow: true } => Cause.Consecutive,
        { Alarmed: true, Blamed: true } => Alarm,

        // Also when both arms break the budget: the canary does it far more often.
        { Relative: not Cause.None } => Relative,

        // Not proved, but nothing speaks for a common fault either, and at a heavy weight the proof would cost dozens of users:
        // down now, and the version is exonerated if stable follows.
        { Alarmed: true, Unharmed: true } => Alarm,

        // The cap is a promise to users, so it ends the grace; but it cannot tell whose failures they were.
        { Alarmed: true, Capped: true, StableAlarms: true } => Cause.SharedGraceOver,
        { Capped: true } => Cause.HarmCap,
        { Alarmed: true, GraceOver: true } => Cause.SharedGraceOver,
        { Alarmed: true } => Cause.Shared,
        _ => Cause.None,
    };
}
