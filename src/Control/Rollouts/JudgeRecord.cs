using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>A ruling written into the record of the rollback it led to.</summary>
internal static class JudgeRecord
{
    /// <param name="told">The ruling as a sentence.</param>
    public static Rollback Of(Rollback record, RolloutPlan plan, Ruling ruling, string told, TimeSpan now)
    {
        var objective = ruling.Cause switch
        {
            Cause.Relative or Cause.RelativeLatency => null,
            _ => plan.Find(ruling.IsOfLatency ? ObjectiveMetric.Latency : ObjectiveMetric.SuccessRate),
        };
        var (responses, failures, firstBadAt) = ruling.Stretch;
        return record with
        {
            Trigger = JudgeSentences.Trigger(plan, ruling.Cause),
            Explanation = told,
            BlamesVersion = ruling.BlamesCanary,
            Observed = objective is null || responses == 0 ? null : 100 * (1 - (double)failures / responses),
            Limit = objective is null ? null : 100 * (1 - objective.Budget),
            Requests = responses,
            Failures = failures,
            Took = now > firstBadAt ? now - firstBadAt : TimeSpan.Zero,
        };
    }
}
