using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What a ruling is called, and how it is told.</summary>
internal static class JudgeSentences
{
    /// <summary>The trigger's name in records, metrics and logs.</summary>
    public static string Trigger(RolloutPlan plan, Cause cause) => cause switch
    {
        Cause.Latency => plan.Find(ObjectiveMetric.Latency)!.Name,
        Cause.Relative => "relative",
        Cause.RelativeLatency => "relative-latency",
        Cause.HarmCap => "harm-cap",
        Cause.Consecutive => "consecutive-failures",
        Cause.Shared or Cause.SharedGraceOver => "shared-failure",
        _ => plan.Find(ObjectiveMetric.SuccessRate)!.Name,
    };

    public static string Of(RolloutPlan plan, RolloutStatus status, JudgeSettings settings, Ruling ruling, Moment now, bool wasRolledBack)
    {
        var isShadow = plan.ShadowAt(status) > Weight.Zero;
        var since = now.Wall - now.Since(ruling.Stretch.FirstBadAt);
        return Explanation.Of(new Case(
            status.Version ?? plan.Canary,
            plan.ShownWeight(status),
            isShadow ? 0.5 : status.Weight.BasisPoints / (double)Weight.Whole,
            since.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            settings,
            ruling,
            plan.Find(ObjectiveMetric.Latency)?.Limit ?? TimeSpan.Zero,
            wasRolledBack,
            isShadow));
    }

    /// <summary>For a plan whose changes cannot go back.</summary>
    public static string FrozenByPlan(string trigger, string seen) =>
        $"FROZEN, AND NOT ROLLED BACK (onBreach: freeze): the canary broke {trigger} and keeps its weight until someone decides. {seen}";

    /// <summary>For a plan that only wants to be told.</summary>
    public static string ToldByPlan(string trigger, string seen) =>
        $"TOLD, AND NOT ROLLED BACK (onBreach: notify): the canary broke {trigger} and keeps its weight; nothing goes up while it lasts. {seen}";

    /// <summary>For a breach that nobody acted on.</summary>
    public static string Unprotected(string trigger, string seen) =>
        $"AUTOMATIC ROLLBACK IS OFF: the canary broke {trigger} and keeps its weight until someone rolls it back. {seen}";
}
