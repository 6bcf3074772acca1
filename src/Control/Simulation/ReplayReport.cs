using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>What the judge would have said to a record.</summary>
public sealed record ReplayReport
{
    public required ArmTally Canary { get; init; }

    public required ArmTally Stable { get; init; }

    /// <summary>From the first to the last line, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The canary's share that lines without one were taken to have.</summary>
    public required double Weight { get; init; }

    /// <summary>Null: it would have gone on.</summary>
    public ReplayEnd? End { get; init; }

    /// <summary>How near the judge came to a rollback at the nearest, in [0, 1].</summary>
    public double Nearest { get; init; }

    /// <summary>Seconds after the first line when a failure of both arms was first held against nobody; null if never.</summary>
    public double? SharedAt { get; init; }
}

/// <summary>One arm's lines.</summary>
public sealed record ArmTally(long Successes, long Failures, long Neutral, long Slow)
{
    public long Responses => Successes + Failures;

    internal long All => Responses + Neutral;

    internal ArmTally With(Outcome outcome, bool slow) => new(
        Successes + (outcome == Outcome.Success ? 1 : 0),
        Failures + (outcome == Outcome.Failure ? 1 : 0),
        Neutral + (outcome == Outcome.Neutral ? 1 : 0),
        Slow + (slow ? 1 : 0));
}

/// <summary>The moment of the rollback.</summary>
/// <param name="Ruling">Why.</param>
/// <param name="Line">The last of the canary's record until then, from 1.</param>
/// <param name="Seconds">After the first line: later than <paramref name="Line"/>, where a grace ran out at a line of stable's.</param>
/// <param name="Response">Number of the canary's response that decided it, from 1.</param>
/// <param name="Failure">Number of its failures until then.</param>
/// <param name="SlowOnes">Number of its slow ones until then.</param>
/// <param name="LaterFailures">Failures of the canary's that the record has after it.</param>
/// <param name="Sentence">The judge's own.</param>
public sealed record ReplayEnd(
    Ruling Ruling, int Line, double Seconds, long Response, long Failure, long SlowOnes, long LaterFailures, string Sentence);
