using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <param name="Served">Hold of the step that has run, pauses left out.</param>
/// <param name="Responses">Canary responses since the step began.</param>
/// <param name="Good">Those of them that did not fail.</param>
public readonly record struct StepProgress(TimeSpan Served, long Responses, long Good);

/// <param name="Findings">Of this generation and step.</param>
public sealed record RolloutSnapshot(
    RolloutPlan Plan, RolloutStatus Status, Generation Generation, StepProgress Progress, ImmutableArray<Finding> Findings)
{
    /// <summary>A number of its own for each time that a step is entered: by hand it may be entered again.</summary>
    public long Visit { get; init; }

    /// <summary>The plan's step that holds now; null while none is climbed, or the weight was set by hand.</summary>
    public Step? Step => Plan.StepAt(Status);

    /// <summary>What the canary gets now.</summary>
    public Weight Weight => Generation.IsAheadOf(Status) ? Weight.Zero : Status.Weight;
}
