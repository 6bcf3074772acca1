using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What the judge says about a rollout, in words.</summary>
internal static class JudgeSentences
{
    public static string RolledBack(RolloutPlan plan, RolloutStatus status, Watch watch, Stretch stretch)
    {
        var alarm = new Alarm(status.Version ?? plan.Canary, status.Weight.ToString(), stretch, watch.Settings, watch.Detector.Level);
        return watch.Objective.Metric == ObjectiveMetric.SuccessRate
            ? Explanation.OfErrors(alarm)
            : Explanation.OfLatency(alarm, watch.Objective.Limit);
    }

    /// <summary>For a breach that nobody acted on.</summary>
    public static string Frozen(Watch watch) =>
        $"AUTOMATIC ROLLBACK IS OFF: the canary broke {watch.Objective.Name} and keeps its weight until someone rolls it back. " + Seen(watch);

    /// <summary>How far the evidence is, per objective: "4 of 812 canary responses failed (0.49%; allowed 0.5%)".</summary>
    public static string Seen(Watch watch)
    {
        var (objective, _, detector) = watch;
        var (bad, of) = (detector.Failures, detector.Responses);
        var verb = objective.Metric == ObjectiveMetric.SuccessRate ? "failed" : string.Create(CultureInfo.InvariantCulture, $"took longer than {objective.Limit.TotalMilliseconds:0.###} ms");
        var share = of == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * bad / of:0.##}%; ");
        return string.Create(CultureInfo.InvariantCulture, $"{bad} of {of} canary responses {verb} ({share}allowed {objective.Budget * 100:0.####}%).");
    }
}
