using System.Collections.Immutable;
using System.Globalization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>
/// What stands in a plan and no rollout of it can do. It is noted and not refused: a plan that a store has held for a year is to be
/// read after an upgrade as well.
/// </summary>
internal static class PlanSlips
{
    public static void Tell(RolloutPlan plan, Problems problems)
    {
        string?[] slips =
        [
            .. plan.Checks.Select(NeverBreaks),
            .. plan.Checks.Select(Reversed),
            .. CountTogether(plan),
            .. plan.BurnRate is { } burn ? burn.Rules.Select(rule => NeverFires(burn, rule)) : [],
            .. plan.Steps.Select(step => WithoutTime(step, plan.Gates)),
            NothingWaits(plan.Gates),
            ColdWithoutLatency(plan),
            WithoutStatistics(plan.Judge),
            ComparesNothing(plan.Shadow?.Compare),
            .. plan.Hooks.Concat(plan.Rollback.Hooks).Select(OnlyTells),
            .. SegmentSlips.Of(plan),
            BehindTheAddress(plan.Sticky),
            HedgesNothing(plan.Shield),
            HandsNothingBack(plan),
            .. plan.Notifications.Select(OfNoChannel),
        ];
        foreach (var slip in slips.OfType<string>())
        {
            problems.Note(slip);
        }
    }

    private static string? NeverBreaks(IntervalCheck check) => check is { CanBreak: false, Count: { } count }
        ? $"Check {Shown.Quoted(check.Name)} is asked {Counted.Of(count, "time")}, and its rule is {check.Rule}: it never " +
            (check.OnlyNotifies ? "notifies. " : "rolls back, and lets the step go whatever it was answered. ") +
            $"Let count be {check.Rule.Failures} or more, or the rule want fewer."
        : null;

    /// <summary>The limit that the objective of the same metric would refuse.</summary>
    private static string? Reversed(IntervalCheck check) => (check.Source, check.Condition) switch
    {
        (CheckSource.Responses { Quantile: null }, { Min: null, Max: { } most }) =>
            $"Check {Shown.Quoted(check.Name)} fails what is above {Shares.Format((decimal)most)} and nothing below: " +
            "a success rate has a least value. Write min.",
        (CheckSource.Responses { Quantile: not null }, { Max: null, Min: { } least }) =>
            $"Check {Shown.Quoted(check.Name)} fails what is faster than {Durations.Format(TimeSpan.FromMilliseconds(least))} and nothing slower: " +
            "a latency has a greatest value. Write max.",
        _ => null,
    };

    private static IEnumerable<string> CountTogether(RolloutPlan plan)
    {
        var shared = plan.Checks.Where(check => check.Rule.Kind == IntervalRuleKind.Shared).ToList();
        foreach (var alone in shared.Where(check => check.OnlyNotifies))
        {
            yield return $"Check {Shown.Quoted(alone.Name)} only notifies: its failures count for themselves and not towards failedChecks.";
        }

        var counting = shared.Where(check => !check.OnlyNotifies).ToList();
        if (plan.FailedChecks is not { } limit || shared.Count == 0 || plan.Hooks.Any(hook => hook.FailureCounts))
        {
            yield break;
        }

        if (counting.Count == 0)
        {
            yield return $"failedChecks is {limit}, and nothing counts towards it: it never rolls back. Let a check count that does not only notify.";
        }
        else if (counting.Sum(check => (long?)check.Count ?? int.MaxValue) is var most && most < limit)
        {
            yield return $"failedChecks is {limit}, and all that counts towards it is asked {Counted.Of(most, "time")}: it never rolls back. " +
                "Ask more often, or write a smaller failedChecks.";
        }
    }

    private static string? NeverFires(BurnRate burn, BurnRule rule)
    {
        if (rule.CanFire(burn.Budget))
        {
            return null;
        }

        var (budget, factor) = ((decimal)burn.Budget, (decimal)rule.Factor!.Value);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The burn rate's rule of {factor:0.###}× over {string.Join(" and ", rule.Windows.Select(Durations.Format))} never fires: " +
            $"with an objective of {Shares.Format((1 - budget) * 100)} more than {factor * budget * 100:0.##}% of the responses would have to fail. " +
            $"Write a factor below {1 / budget:0.##}.");
    }

    /// <summary>The patience is as long as the hold: without one it is over before the first response.</summary>
    private static string? WithoutTime(Step step, GateTerms gates) => gates.OnNoData switch
    {
        _ when step.Hold > TimeSpan.Zero => null,
        NoData.Rollback when gates.PatienceOf(step) == TimeSpan.Zero =>
            $"Step {step.Name} has neither a hold nor a maxWait, and onNoData: rollback gives its responses no time: it is rolled back at once. " +
            "Add, say, maxWait: 10m.",
        NoData.Pass when step.Requests > 1 =>
            $"Step {step.Name} has no hold, and onNoData: pass waits for nothing else: " +
            $"not for its {Counted.Of(step.Requests, "request")} either. Add, say, hold: 10m.",
        _ => null,
    };

    private static string? NothingWaits(GateTerms gates) =>
        gates is { MaxWait: not null, OnNoData: not NoData.Rollback, Proof: not ProofDemand.Wait }
            ? "Nothing waits for as long as maxWait, " +
                $"with onNoData: {Choices.NoData.Format(gates.OnNoData)} and proof: {Choices.Proof.Format(gates.Proof)}. " +
                "It has a meaning with onNoData: rollback and with proof: wait."
            : null;

    private static string? ColdWithoutLatency(RolloutPlan plan) =>
        plan.Judge is { WarmUp: not null, MaxLatencyRatioToStable: null } && plan.Find(ObjectiveMetric.Latency) is null
            ? "warmUp leaves the first requests out of the latency, and no objective limits the latency. Add, say, { metric: p95, max: 400ms }."
            : null;

    private static string? WithoutStatistics(JudgeTerms judge) =>
        judge is { ConsecutiveFailures: not null, MaxRatioToStable: { } ratio } && ratio != JudgeTerms.Default.MaxRatioToStable
            ? "maxRatioToStable is not looked at beside consecutiveFailures, which takes its place. Leave one of them out."
            : null;

    private static string? ComparesNothing(ComparisonTerms? compare) => compare is { Status: false, Json: false, Headers.IsEmpty: true }
        ? "The shadow compares nothing: status is off, and it names no headers and no json. Write, say, compare: on."
        : null;

    private static string? OnlyTells(Hook hook)
    {
        if (!hook.IsTold)
        {
            return null;
        }

        string[] unused =
        [
            .. hook.OnDown != HookDown.Hold ? ["onDown"] : ImmutableArray<string>.Empty,
            .. hook.Interval != Hook.DefaultInterval ? ["interval"] : ImmutableArray<string>.Empty,
        ];
        return unused.Length > 0
            ? $"Hook {Shown.Quoted(hook.Name)} only tells: nothing follows from its {string.Join(" and its ", unused)}."
            : null;
    }

    private static string? BehindTheAddress(ImmutableArray<StickyKey> keys) =>
        keys.IndexOf(new StickyKey(StickySource.Ip, "")) is >= 0 and var ip && keys[(ip + 1)..] is { IsEmpty: false } behind
            ? $"{string.Join(" and ", behind)} {(behind.Length == 1 ? "is" : "are")} never looked for: every request has an address. Put ip last."
            : null;

    private static string? HedgesNothing(ShieldTerms? shield) => shield is { Hedge: true } && !shield.Methods.Any(SegmentSlips.Reads.Contains)
        ? $"The shield hedges nothing: only GET, HEAD and OPTIONS are, and its methods are {string.Join(", ", shield.Methods)}. Add GET, or write hedge: off."
        : null;

    private static string? HandsNothingBack(RolloutPlan plan) => plan is { IsFlagFirst: true, Promotion: PromotionKind.Handback }
        ? "promotion: handback brings the traffic back to stable, and a flag without a canary cluster has moved none. Leave it out."
        : null;

    private static string? OfNoChannel(Notification to) => to is { Channel: not null, Format: not NotificationFormat.Slack }
        ? $"Notification {Shown.Quoted(to.Name)}: only format: slack has a channel. Leave it out."
        : null;
}
