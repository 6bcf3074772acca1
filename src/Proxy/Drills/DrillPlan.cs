using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Drills;

/// <summary>
/// The twin plan of a drill: the plan's own judge, sensitivity, first weight, shield, admission and deadline, for two arms of the drill's own.
/// What reaches beyond the proxy (hooks, queries, flags, notifications) is left out, and so are sticky keys and segments.
/// </summary>
internal static class DrillPlan
{
    private static readonly TimeSpan LongerThanAnyDrill = TimeSpan.FromHours(1);

    /// <summary>Without a shield, requests to a hanging canary wait until they are cut: so long after the rollback.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(1);

    /// <summary>1%: at the drill's highest rate, 200 requests a second, it gives the canary two.</summary>
    private static readonly Weight Least = new(100);

    public static RolloutPlan Of(RolloutPlan plan)
    {
        var first = plan.Steps.First(step => !step.IsShadow).Weight;
        var weight = first < Least ? Least : first;
        var full = new Step(Weight.Full, LongerThanAnyDrill, 1);
        return new RolloutPlan
        {
            Name = plan.Name,
            Stable = Sidecar.Stable,
            Canary = Sidecar.Canary,
            Steps = weight == Weight.Full ? [full] : [new Step(weight, LongerThanAnyDrill, 1), full],
            Objectives = plan.Objectives,
            Sensitivity = plan.Sensitivity,
            Latency = plan.Latency,
            Judge = plan.Judge with { WarmUp = null },
            Shield = plan.Shield,
            OnBreach = plan.OnBreach,
            Rollback = new RollbackTerms(plan.Rollback.Authority, plan.Rollback.Deadline) { Drain = Drain },
        };
    }

    /// <summary>Why the twin's judge could not detect this fault; null if it can.</summary>
    public static string? Blind(RolloutPlan plan, DrillFault fault) => fault switch
    {
        _ when plan.Objectives.IsEmpty =>
            "Its triggers are checks and burn rates, which ask somebody else or need their windows: a drill rehearses the judge only. Add an objective such as { metric: success-rate, min: 99.5% }.",
        DrillFault.Slow or DrillFault.Hang when plan.Find(ObjectiveMetric.Latency) is null =>
            "No objective is about latency, so nothing sees it in time. Add one such as { metric: p95, max: 400ms }.",
        DrillFault.Slow or DrillFault.Hang when plan.Find(ObjectiveMetric.Latency)!.Limit is var limit && limit >= DrillRun.LongestFault =>
            $"A latency limit of {Durations.Format(limit)} is no shorter than the {Durations.Format(DrillRun.LongestFault)} that a drill waits.",
        DrillFault.Errors or DrillFault.Reset when plan.Find(ObjectiveMetric.SuccessRate) is null =>
            "No objective is about the success rate, so nothing sees it. Add one such as { metric: success-rate, min: 99.5% }.",
        _ => null,
    };
}
