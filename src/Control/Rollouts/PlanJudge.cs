using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What a plan asks of the judge; the same for production and simulation.</summary>
public static class PlanJudge
{
    public static JudgeSettings SettingsFor(RolloutPlan plan)
    {
        var errors = Array.Find([.. plan.Objectives], objective => objective.Metric == ObjectiveMetric.SuccessRate);
        var latency = Array.Find([.. plan.Objectives], objective => objective.Metric == ObjectiveMetric.Latency);
        return JudgeSettings.For(plan.Sensitivity.Alpha(), errors?.Budget, latency?.Budget);
    }
}
