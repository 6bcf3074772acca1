using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>A valid plan, or everything that is wrong with it.</summary>
public sealed record PlanResult
{
    /// <summary>Null exactly when there is a problem.</summary>
    public RolloutPlan? Plan { get; init; }

    /// <summary>The manifest that it was made of, such as "Canary payments-api"; null for a native plan.</summary>
    public string? From { get; init; }

    /// <summary>In the order of the document.</summary>
    public ImmutableArray<PlanProblem> Problems { get; init; } = [];

    /// <summary>Parts of a manifest that are not in the plan; always empty for a native plan.</summary>
    public ImmutableArray<PlanProblem> NotUnderstood { get; init; } = [];

    /// <summary>Sentences on what was added to what the operator wrote; not errors.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    [MemberNotNullWhen(true, nameof(Plan))]
    public bool IsValid => Plan is not null;
}
