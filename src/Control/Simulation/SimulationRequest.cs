using System.Collections.Immutable;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>What to simulate.</summary>
public sealed record SimulationRequest(RolloutPlan Plan)
{
    /// <summary>What production judges the plan by.</summary>
    public JudgeSettings Judge { get; init; } = PlanJudge.SettingsFor(Plan);

    /// <summary>Canary requests at once at the start of a step; null for no window.</summary>
    public int? Admission { get; init; } = Plan.Judge.Admission;

    public TrafficModel Traffic { get; init; } = new();

    public ImmutableArray<Scenario> Scenarios { get; init; } = Scenario.All(Scenario.DefaultRates);

    /// <summary>Per scenario, above 0.</summary>
    public int Runs { get; init; } = SimulationEffort.UsualRuns;

    public int Seed { get; init; } = 1;

    /// <summary>No number depends on it.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;
}
