using System.Collections.Immutable;
using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>What a plan does on a traffic model.</summary>
public sealed record SimulationReport
{
    public required SimulationRequest Request { get; init; }

    public required HealthyResult Healthy { get; init; }

    public required ImmutableArray<FaultResult> Faults { get; init; }

    public required ImmutableArray<StepNeeds> Steps { get; init; }

    /// <summary>At the start of a step the k-th failure rolls back if it is among so many responses, by k; 0 is never. Empty
    /// without a budget, and where failures in a row decide.</summary>
    public required ImmutableArray<long> FiringTable { get; init; }

    /// <summary>Responses that prove the canary under its budget of errors, by the number of failures among them. Empty without a budget.</summary>
    public required ImmutableArray<long> ProofTable { get; init; }

    /// <summary>Sentences, each with a remedy.</summary>
    public required ImmutableArray<string> Warnings { get; init; }
}

/// <summary>A rollout of a canary that is as good as stable.</summary>
/// <param name="RolledBack">The false-rollback probability of the whole plan.</param>
/// <param name="Promotion">Seconds from the start to the end of the bake.</param>
/// <param name="Frozen">Runs that were held for a failure of both arms, until an operator goes on.</param>
/// <param name="MostOften">What rolled it back most often; None if nothing did.</param>
public sealed record HealthyResult(Proportion RolledBack, Distribution Promotion, int Frozen, Cause MostOften);

/// <summary>What one fault led to.</summary>
/// <param name="NotRun">Why there is nothing to tell; null if there is.</param>
public sealed record FaultResult(Scenario Scenario, string? NotRun = null)
{
    /// <summary>Runs in which the judge ended the canary.</summary>
    public Proportion? Ended { get; init; }

    /// <summary>Runs in which the version was blamed; all the others that ended were withdrawn as a precaution.</summary>
    public Proportion? Blamed { get; init; }

    /// <summary>Runs in which it was ended in the plan's first step.</summary>
    public double EndedInFirstStep { get; init; }

    /// <summary>Canary responses from the fault to the decision.</summary>
    public Distribution Responses { get; init; } = new(null, null, null);

    /// <summary>Seconds from the fault to the decision.</summary>
    public Distribution Seconds { get; init; } = new(null, null, null);

    /// <summary>Mean number of users hurt, with the admission window; null if it is off.</summary>
    public double? Victims { get; init; }

    /// <summary>The same without it.</summary>
    public double? VictimsWithoutWindow { get; init; }

    /// <summary>With the plan's window and its shield; null if that is off.</summary>
    public double? VictimsWithShield { get; init; }

    /// <summary>What ended it most often.</summary>
    public Cause MostOften { get; init; }
}
