using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>All that can roll a rollout with this plan back, by the names that records and metrics have for it.</summary>
internal static class RollbackTriggers
{
    /// <remarks>Without those of a group: who is in it is not in the plan.</remarks>
    public static IEnumerable<(string Trigger, Authority Authority)> Of(RolloutPlan plan) =>
    [
        ("operator", Authority.Operator),
        ("undo", Authority.Operator),
        .. When(plan.Steps.Any(step => step.Approval is not null), "approval").Select(trigger => (trigger, Authority.Operator)),
        .. ByTheJudge(plan).Select(trigger => (trigger, Authority.Judge)),
        .. from hook in plan.Hooks
           where hook.When is HookPoint.PreRollout or HookPoint.Step or HookPoint.Rollback || hook.OnDown == HookDown.Rollback
           select ($"hook:{hook.Name}", Authority.Hook),
    ];

    private static IEnumerable<string> ByTheJudge(RolloutPlan plan) =>
    [
        .. plan.Triggers,
        .. When(plan.Judge.ConsecutiveFailures is not null, JudgeSentences.Trigger(plan, Cause.Consecutive)),
        .. When(plan.Judge.MaxLatencyRatioToStable is not null, JudgeSentences.Trigger(plan, Cause.RelativeLatency)),
        .. When(plan.Gates.OnNoData == NoData.Rollback, Rollback.NoData),
        JudgeSentences.Trigger(plan, Cause.Relative),
        JudgeSentences.Trigger(plan, Cause.HarmCap),
        JudgeSentences.Trigger(plan, Cause.Shared),
        "unavailable",
    ];

    private static string[] When(bool can, string trigger) => can ? [trigger] : [];
}
