using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>What every run of a simulation has in common, as one replica sees it.</summary>
internal sealed record SimulationSetup(RolloutPlan Plan, JudgeSettings Judge, TrafficModel Traffic, int? Admission)
{
    /// <summary>Seconds; infinite without a latency objective.</summary>
    public double LatencyLimit { get; } =
        Plan.Objectives.FirstOrDefault(objective => objective.Metric == ObjectiveMetric.Latency)?.Limit.TotalSeconds ?? double.PositiveInfinity;

    /// <summary>A storm or an outage of both arms comes in the middle of the first step, where there is still little evidence.</summary>
    public double BreaksAt(Scenario scenario) =>
        scenario.IsCanarys || Traffic.BreaksAfter > 0 ? Traffic.BreaksAfter : StepNeeds.SecondsOf(Plan.Steps[0], Traffic) / 2;
}
