using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>The rules between values; a value's own rules stand where it is read.</summary>
internal static class RolloutPlanValidator
{
    public static void ArmsDiffer(string stable, string canary, PlanNode at, Problems problems)
    {
        // The proxy's cluster ids match in any case.
        if (stable.Length > 0 && string.Equals(stable, canary, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(
                at,
                $"Stable and canary are the same cluster, {Shown.Quoted(canary)}.",
                "Name two; there is nothing to go back to otherwise.");
        }
    }

    /// <summary>The flag's share is of all users: it has never heard of a segment.</summary>
    public static void FlagTakesEverybody(PlanSection plan, Located<string>? flag, Segment segment, IEnumerable<Step> steps, Problems problems)
    {
        if (flag is { } named && (!segment.IsEverybody || steps.Any(step => step.OnlyReads)))
        {
            problems.Add(
                plan.Find("segment") ?? named.At,
                $"Flag '{named.Value}' is on for a share of all users and all their requests, " +
                "and the plan keeps some of them on stable: they would have the flag and not the canary.",
                "Remove the segment and only: reads, or the flag.");
        }
    }

    /// <summary>A flag answers per user: where users are unknown, traffic and flag say different things.</summary>
    public static void FlagHasUsers(PlanSection plan, Located<string>? flag, bool isFlagFirst, Problems problems)
    {
        if (flag is not { } named || plan.Find("sticky") is not (null or PlanScalar { Text: "off" or "none" }))
        {
            return;
        }

        if (isFlagFirst)
        {
            problems.Add(
                named.At,
                "A flag without a canary cluster tells its arms apart by user, and nothing says who a user is.",
                "Add, say, sticky: { by: header:X-User-Id }, or name a canary cluster.");
        }
        else
        {
            problems.Note(
                $"Flag '{named.Value}' answers per user, while requests draw at random without a sticky key: a user may have the flag and meet stable.");
        }
    }

    public static void WeightsRise(List<Located<Step>> steps, Problems problems)
    {
        foreach (var (before, step) in steps.Zip(steps.Skip(1)))
        {
            if (step.Value.IsShadow && !before.Value.IsShadow)
            {
                problems.Add(
                    step.At,
                    $"A shadow step comes after {before.Value.Name}, when the canary has users already.",
                    "Put it before the first weight.");
            }
            else if (step.Value.IsShadow == before.Value.IsShadow && step.Value.Seen <= before.Value.Seen)
            {
                problems.Add(
                    step.At,
                    $"{step.Value.Seen} is not above the step before ({before.Value.Seen}).",
                    "Weights must rise; put the steps in rising order.");
            }
        }
    }

    public static void BakeIsAtFull(PlanSection step, Located<Weight>? weight, Problems problems)
    {
        if (step.Find("bake") is not { } bake)
        {
            return;
        }

        if (step.Find("hold") is not null)
        {
            problems.Add(bake, "The step has both hold and bake, which are the same time.", "Keep bake at 100%, hold below.");
        }

        if (weight is { } share && share.Value < Weight.Full)
        {
            problems.Add(bake, $"Only a step at 100% bakes, and this one is at {share.Value}.", "Write hold instead of bake.");
        }
    }

    public static void ShadowStandsAlone(PlanSection step, Problems problems)
    {
        if (step.Find("shadow") is null)
        {
            return;
        }

        foreach (var key in (string[])["weight", "only", "bake"])
        {
            if (step.Find(key) is { } other)
            {
                problems.Add(
                    other,
                    $"A shadow step has no {key}: the canary gets copies of safe requests and no user.",
                    $"Remove {key}, or write two steps.");
            }
        }
    }

    public static void OnlyIsBelowFull(Located<bool>? only, Located<Weight>? weight, Problems problems)
    {
        if (only is { } reads && weight is { } share && share.Value == Weight.Full)
        {
            problems.Add(
                reads.At,
                "A step at 100% would be promoted without a single write having met the canary.",
                "Leave only: reads to the steps below 100%.");
        }
    }

    public static void HasGate(PlanSection step, Problems problems)
    {
        if (step.Find("hold") is null && step.Find("bake") is null && step.Find("requests") is null && step.Find("approval") is null)
        {
            problems.Add(step.At, "A step needs a go/no-go: hold, requests, approval or several.", "Add, say, hold: 10m.");
        }
    }

    /// <summary>Ladders in Flagger's way end at 50 %; nothing is promoted without having held all of the traffic.</summary>
    public static IEnumerable<Step> EndAtFull(IReadOnlyList<Step> steps, Problems problems)
    {
        if (steps.Count == 0 || steps[^1].IsBake)
        {
            return steps;
        }

        var last = steps[^1];
        if (last.IsShadow)
        {
            problems.Note("No step gives the canary a user; the default ladder was added behind the copies.");
            return [.. steps, .. DefaultPlan.Ladder];
        }

        var bake = last.Hold > TimeSpan.Zero ? last.Hold : DefaultPlan.Ladder[^1].Hold;
        problems.Note(
            $"The last step is at {last.Weight}; a step at 100% that bakes for {Durations.Format(bake)} was added, " +
            "since a promotion follows from there.");
        return [.. steps, new Step(Weight.Full, bake, 1)];
    }

    public static void ObjectivesAreSingle(List<Located<Objective>> objectives, Problems problems)
    {
        foreach (var group in objectives.GroupBy(objective => objective.Value.Metric))
        {
            foreach (var extra in group.Skip(1))
            {
                var kind = group.Key == ObjectiveMetric.SuccessRate ? "success-rate" : "latency";
                problems.Add(
                    extra.At,
                    $"This is a second {kind} objective.",
                    "This version judges one success rate and one latency; keep one of each.");
            }
        }
    }

    /// <summary>Checks and a latency see no failed request: who writes nothing else may take the rollback for armed.</summary>
    public static void FailuresAreLimited(RolloutPlan plan, Problems problems)
    {
        if (plan.Objectives.All(objective => objective.Metric != ObjectiveMetric.SuccessRate)
            && plan.Checks.All(check => check.Source is not CheckSource.Responses { Quantile: null })
            && plan is { BurnRate: null, Judge.ConsecutiveFailures: null })
        {
            problems.Note(
                "No objective limits the failures that are seen here: below 100% they are at most compared with stable's, " +
                "and at 100% only a check can roll back. Add, say, { metric: success-rate, min: 99.5% }.");
        }
    }

    /// <summary>A <c>failedChecks</c> without checks and hooks that count towards it is a slip, and so are these without it.</summary>
    public static void SomethingCounts(
        PlanSection plan, Located<int>? limit, IEnumerable<IntervalCheck> checks, IEnumerable<Hook> hooks, Problems problems)
    {
        var counting = checks.Where(check => check.Rule.Kind == IntervalRuleKind.Shared).Select(check => check.Name)
            .Concat(hooks.Where(hook => hook.FailureCounts).Select(hook => hook.Name)).ToList();
        if (plan.Find("failedChecks") is null && counting.Count > 0)
        {
            plan.Missing(
                "failedChecks",
                $"{string.Join(" and ", counting.Select(Shown.Quoted))} count together, and nothing says how many failed ones are too many.",
                "Add, say, failedChecks: 5.");
        }
        else if (limit is { } given && counting.Count == 0 && !problems.Any)
        {
            problems.Add(given.At, "Nothing counts towards failedChecks.", "Write rule: shared at a check, or onFailure: count at a step hook.");
        }
    }

    /// <summary>A deadline that the plan's own traffic cannot keep is a wish.</summary>
    public static void DeadlineIsKept(RolloutPlan plan, PlanNode at, Problems problems)
    {
        if (problems.Any)
        {
            return;
        }

        var deadline = plan.Rollback.Deadline;
        foreach (var bound in RollbackBound.Of(plan).Where(bound => bound.IsDue && !(bound.Worst <= deadline)))
        {
            var worst = bound.Worst is { } time ? $"can take {Durations.Rough(time)}" : "may never happen";
            if (bound.IsJudges)
            {
                var judge = plan.Judge.ConsecutiveFailures is null ? "" : ", leave consecutiveFailures out";
                var sooner = plan.Sensitivity == Sensitivity.High ? "" : ", set sensitivity: high";
                var later = bound.Worst is { } least && least <= RollbackReader.LongestDeadline
                    ? $", or a deadline of at least {Durations.Rough(least)}"
                    : "";
                problems.Add(
                    at,
                    $"At {Counted.Of(plan.RequestsPerSecond.GetValueOrDefault(), "request")} a second a rollback for {bound.Detector} {worst} " +
                    $"({bound.How} until it is seen broken by one bad response of five), and the deadline is {Durations.Format(deadline)}.",
                    $"Begin with a higher weight{sooner}{judge}{later}.");
            }
            else if (!plan.Checks.Any(check => bound.Detector == $"check {check.Name}" && IsOfAnObjective(check, plan)))
            {
                // The canary's own responses are judged one by one as well: then nothing waits for the interval.
                problems.Note(
                    $"A rollback for {bound.Detector} {worst} ({bound.How}) when one response of five is bad, " +
                    $"and the deadline is {Durations.Format(deadline)}: what it alone sees goes back late, and that alerts.");
            }
        }
    }

    private static bool IsOfAnObjective(IntervalCheck check, RolloutPlan plan) =>
        check.Source is CheckSource.Responses own && plan.Objectives.Any(objective => objective.Name == own.Metric);

    /// <summary>Traffic that returns to a cluster which still runs the old version would undo the promotion.</summary>
    public static void HandbackIsConfirmed(Located<PromotionKind>? promotion, IEnumerable<Hook> hooks, Problems problems)
    {
        if (promotion is { Value: PromotionKind.Handback, At: var at } && hooks.All(hook => hook.When != HookPoint.ConfirmPromotion))
        {
            problems.Add(
                at,
                "Nobody says when stable runs the new version, and until then nothing can be handed back.",
                "Add a hook: { when: confirm-promotion, url: http://deployer/stable-runs-it }, or write promotion: swap.");
        }
    }

    /// <summary>A hook's name becomes the rollback's trigger: it must tell one hook from all else that can roll back.</summary>
    public static void HooksAreTold(List<Located<Hook>> hooks, IEnumerable<Hook> afterRollback, IEnumerable<Objective> objectives, Problems problems)
    {
        var names = new HashSet<string>(
            [
                "success-rate", "unavailable", "operator", "judge",
                .. objectives.Select(objective => objective.Name),
                .. afterRollback.Select(hook => hook.Name),
            ],
            StringComparer.OrdinalIgnoreCase);
        foreach (var hook in hooks)
        {
            if (!names.Add(hook.Value.Name))
            {
                problems.Add(
                    hook.At,
                    $"The hook's name {Shown.Quoted(hook.Value.Name)} is taken.",
                    "Give each hook a name of its own; without one it is called by its host.");
            }
        }
    }
}
