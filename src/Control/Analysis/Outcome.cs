namespace Snapback.Control.Analysis;

/// <summary>What one response meant for the arm that gave it.</summary>
public enum Outcome
{
    Success,

    /// <summary>The arm broke its duty: status ≥ 500, a reset, a truncated body, no connection, a time-out.</summary>
    Failure,

    /// <summary>Says nothing about the arm: the client went away, or sent what no arm could answer.</summary>
    Neutral,
}
