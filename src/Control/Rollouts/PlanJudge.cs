using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What a plan asks of the judge; the same for production and simulation.</summary>
public static class PlanJudge
{
    public static JudgeSettings SettingsFor(RolloutPlan plan)
    {
        var terms = plan.Judge;
        var settings = JudgeSettings.For(
            plan.Sensitivity.Alpha(),
            plan.Find(ObjectiveMetric.SuccessRate)?.Budget,
            plan.Find(ObjectiveMetric.Latency)?.Budget);
        return settings with
        {
            HarmCap = terms.HarmCap,
            // "No statistics" is meant: the comparison of failures would fire before the run is long enough.
            MaxRatioToStable = terms.ConsecutiveFailures is null ? terms.MaxRatioToStable : null,
            LatencyRatioToStable = terms.MaxLatencyRatioToStable,
            Attribution = terms.Attribution ? settings.Attribution : null,
            ConsecutiveFailures = terms.ConsecutiveFailures,
        };
    }
}
