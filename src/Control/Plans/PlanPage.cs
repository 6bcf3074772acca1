using System.Collections.Immutable;
using System.Globalization;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>A plan on one page, generated from the plan itself: what would happen, how soon, and what to type.</summary>
/// <param name="Metrics">What is measured, with the query that shows it in Prometheus.</param>
/// <param name="Tables">When the judge rolls back, in whole numbers.</param>
public sealed record PlanPage(string Name, ImmutableArray<PlanRow> Rows, ImmutableArray<PlanMetric> Metrics, ImmutableArray<PlanTable> Tables)
{
    private const int ShownFailures = 8;

    /// <summary>Rows of the firing table before the first one that rolls back: most of the failures that never do need no row.</summary>
    private const int ShownBefore = 2;

    /// <summary>Where the admin side is unless it was told otherwise.</summary>
    public const string DefaultAdmin = "http://127.0.0.1:8081";

    /// <param name="lastDrill">When the rollback was rehearsed last and what came of it; null for never, or not known.</param>
    /// <param name="admin">Where the commands on the page are sent, without a slash at the end.</param>
    /// <param name="withToken">They are refused without one.</param>
    public static PlanPage Of(RolloutPlan plan, string? lastDrill = null, string admin = DefaultAdmin, bool withToken = false) =>
        new(
            plan.Name,
            [.. RowsOf(plan, lastDrill ?? $"never rehearsed: `snapback drill {plan.Name}{At(admin)}`", Action(plan, admin, withToken))],
            [.. PlanMetrics.Of(plan)],
            [.. plan.Objectives.Select(objective => Table(plan, objective))]);

    private static IEnumerable<PlanRow> RowsOf(RolloutPlan plan, string lastDrill, string action)
    {
        yield return new("Strategy", Strategy(plan));
        yield return new(
            "Arms",
            plan.IsFlagFirst
                ? $"one cluster, `{plan.Stable}`; the canary are the users that flag `{plan.Flag}` is on for"
                : $"stable `{plan.Stable}`, canary `{plan.Canary}`");
        yield return new("Progression", Progression(plan));
        if (plan.Schedule is { } schedule)
        {
            yield return new("Schedule", ScheduleReader.Told(schedule));
        }

        yield return new("Trigger", string.Join("; ", Triggers(plan)));
        yield return new("Action", action);
        if (!plan.Hooks.IsEmpty)
        {
            yield return new("Hooks", string.Join("; ", plan.Hooks.Select(hook => $"{hook.Name} ({Choices.HookPoint.Format(hook.When)})")));
        }

        if (plan.Group is { } group)
        {
            yield return new("Group", $"`{group}`: its rollouts go up together, and one that is rolled back takes all down");
        }

        foreach (var row in UserRows.Of(plan))
        {
            yield return row;
        }

        yield return new("Shield", plan.Shield is { } shield ? Shielding(shield) : "off: users see what the canary fails");
        if (plan.Shadow is { } shadow)
        {
            yield return new("Shadow", Shadowing(shadow));
        }

        yield return new("Authority", $"the judge; {string.Join(", ", plan.Rollback.Authority)}");
        yield return new("Deadline", Durations.Format(plan.Rollback.Deadline));
        yield return new("Worst case", WorstCase(plan));
        if (plan.OnBreach != OnBreach.Rollback)
        {
            yield return new(
                "On a breach",
                plan.OnBreach == OnBreach.Freeze
                    ? "frozen, and somebody is called: it cannot go back by itself"
                    : "it is told only, and nothing goes up while it lasts");
        }

        yield return new("Owner", plan.Owner ?? "nobody named");
        var sensitivity = Choices.Sensitivity.Format(plan.Sensitivity);
        yield return new("Sensitivity", string.Create(
            CultureInfo.InvariantCulture,
            $"{sensitivity}: a canary exactly at a limit is rolled back in 1 of {1 / plan.Sensitivity.Alpha():N0} starts"));
        if (!plan.Notifications.IsEmpty)
        {
            yield return new("Told", string.Join("; ", plan.Notifications.Select(Told)));
        }

        yield return new("Last drill", lastDrill);
    }

    private static string WorstCase(RolloutPlan plan)
    {
        var bounds = RollbackBound.Of(plan).Select(Told).ToList();
        var (judges, then) = plan.RequestsPerSecond is { } rate
            ? ($"with one bad response of five, stable well and {Counted.Of(rate, "request")} a second", ": ")
            : ("for the judge not known without the plan's requestsPerSecond", "; ");
        var grace = Durations.Format(PlanJudge.SettingsFor(plan).SharedGrace);
        return $"{judges}{(bounds.Count > 0 ? then : "")}{string.Join("; ", bounds)}. " +
            "Not in it: what hits fewer, rules that only compare with stable, " +
            $"a fault of both arms (frozen, withdrawn after {grace}), a provider that is down, a pause of the traffic";
    }

    private static string Action(RolloutPlan plan, string admin, bool withToken)
    {
        var flag = plan.Flag is null ? "" : $", flag `{plan.Flag}` off in the same act";
        var token = withToken ? "-H \"Authorization: Bearer $SNAPBACK_TOKEN\" " : "";
        return $"weight 0 at once{flag}, and the version is refused: " +
            $"`snapback rollback {plan.Name}{At(admin)} --reason \"…\"`, or `curl -X POST {token}{admin}/api/rollouts/{plan.Name}/rollback`" +
            (plan.Rollback.Hooks.IsEmpty ? "" : $". Told to scale down: {string.Join(", ", plan.Rollback.Hooks.Select(hook => hook.Name))}");
    }

    private static string At(string admin) => admin == DefaultAdmin ? "" : $" --admin {admin}";

    private static string Progression(RolloutPlan plan)
    {
        var before = string.Join(", ", plan.Checks.Where(check => check.HoldsAt(0)).Select(check => check.FindingSource));
        var steps = string.Join(" → ", plan.Steps.Select(Told).Prepend(before).Where(told => told.Length > 0));
        return plan.Promotion == PromotionKind.Handback ? $"{steps} → handed back to `{plan.Stable}`" : steps;
    }

    private static string Shielding(ShieldTerms shield)
    {
        var (methods, budget) = (string.Join(", ", shield.Methods), Shares.Format((decimal)shield.Budget * 100));
        var hedge = shield.Hedge ? "; a slow one is asked of stable too" : "";
        return $"failed {methods} requests are answered by stable, up to {budget} of all requests{hedge}";
    }

    private static string Shadowing(ShadowTerms shadow)
    {
        var credentials = shadow.Credentials.IsEmpty
            ? "without credentials"
            : $"with {string.Join(", ", shadow.Credentials)} and no other credentials";
        return $"copies of {string.Join(", ", shadow.Methods)} requests, {credentials}; " +
            $"answered within {Durations.Format(shadow.Timeout)} or failed; no user meets the canary";
    }

    private static string Strategy(RolloutPlan plan) => plan switch
    {
        { IsFlagFirst: true } => "flag first: no traffic moves, a flag does",
        { Steps: [{ IsBake: true }] } => "blue-green: all of the traffic at once, with a bake",
        _ => $"canary in {Counted.Of(plan.Steps.Length, "step")}",
    };

    private static IEnumerable<string> Triggers(RolloutPlan plan)
    {
        var row = plan.Judge.ConsecutiveFailures;
        if (row is { } most)
        {
            yield return $"{Counted.Of(most, "failure")} in a row";
        }

        // Failures in a row take the place of the evidence against the success rate, and of the comparison.
        foreach (var objective in plan.Objectives.Where(objective => row is null || objective.Metric != ObjectiveMetric.SuccessRate))
        {
            yield return objective.Metric == ObjectiveMetric.SuccessRate
                ? string.Create(CultureInfo.InvariantCulture, $"success rate below {(1 - (decimal)objective.Budget) * 100:0.######}%")
                : $"{objective.Name} above {LatencyLimit.Of(objective.Limit)}";
        }

        if (plan.Judge.MaxRatioToStable is { } ratio && row is null)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"more than {ratio}× stable's failure rate");
        }

        if (plan.Judge.MaxLatencyRatioToStable is { } slower)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"more than {slower}× stable's p95");
        }

        foreach (var check in plan.Checks)
        {
            // A rule of intervals cannot act before they have passed; this is the bound that an inline objective does not have.
            var rule = check.Rule.Kind == IntervalRuleKind.Shared
                ? $"{Counted.Of(check.Rule.Failures, "time")} in all{(check.OnlyNotifies ? "" : ", counted together")}"
                : $"{check.Rule}";
            var first = check.CanBreak ? $"at the earliest {Durations.Format(check.Interval * check.Rule.Failures)} after it went bad"
                : $"never, since it is asked {Counted.Of(check.Count!.Value, "time")}";
            yield return $"{check.Name} failed {rule}, asked every {Durations.Format(check.Interval)}: {first}{Tells(check.OnlyNotifies)}";
        }

        foreach (var hook in plan.Hooks)
        {
            string?[] when = [Ends(hook), hook.OnDown == HookDown.Rollback && !hook.IsTold ? "is down" : null];
            if (string.Join(", or ", when.OfType<string>()) is { Length: > 0 } told)
            {
                yield return $"{hook.Source} {told}";
            }
        }

        if (plan.Gates.OnNoData == NoData.Rollback)
        {
            yield return plan.Gates.MaxWait is { } wait
                ? $"a step without its requests {Durations.Format(wait)} after its hold"
                : "a step without its requests after twice its hold";
        }

        foreach (var rule in plan.BurnRate?.Rules ?? [])
        {
            var windows = string.Join(" and ", rule.Windows.Select(Durations.Format));
            yield return $"error budget burnt faster than {PlanMetrics.Limit(rule)} over {windows}{Tells(rule.OnlyNotifies)}";
        }
    }

    /// <summary>Which status of its answer rolls back by itself.</summary>
    private static string? Ends(Hook hook) => hook switch
    {
        { When: HookPoint.Rollback } => "says yes",
        { When: HookPoint.Step or HookPoint.PreRollout, FailureCounts: true } => "says no, counted together",
        { When: HookPoint.Step or HookPoint.PreRollout } => "says no",
        _ => null,
    };

    /// <summary>What the judge does at the start of a step: the same table that it decides by.</summary>
    private static PlanTable Table(RolloutPlan plan, Objective objective)
    {
        var isErrors = objective.Metric == ObjectiveMetric.SuccessRate;
        if (isErrors && plan.Judge.ConsecutiveFailures is { } row)
        {
            return new PlanTable(
                objective.Name,
                row == 1
                    ? "At every failure, whatever the statistics say."
                    : $"At {row} failures in a row, whatever the statistics say.",
                []);
        }

        var table = DetectorSettings.For(objective.Budget, plan.Sensitivity.Alpha()).FiringTable(ShownFailures);

        // Eight rows of "never" would say of a p50 that nothing is ever too slow.
        var from = Math.Max(1, table.IndexOf(table.First(within => within > 0)) - ShownBefore);
        return new PlanTable(
            objective.Name,
            $"From the start of a step, the k-th {(isErrors ? "failure" : "slow response")} rolls back if it is among the first n canary responses:",
            [.. Enumerable.Range(from, ShownFailures).Select(k => new PlanBound(k, table[k] == 0 ? null : table[k]))]);
    }

    private static string Tells(bool only) => only ? " (only tells)" : "";

    private static string Told(Step step)
    {
        var share = step.IsShadow ? $"copies of {step.Shadow}" : $"{step.Weight}";
        var hold = step.Hold > TimeSpan.Zero ? $" for {Durations.Format(step.Hold)}" : "";
        var requests = step.Requests > 1 ? $" and {step.Requests.ToString("N0", CultureInfo.InvariantCulture)} requests" : "";
        var reads = step.OnlyReads ? ", only reads" : "";
        var approval = step.Approval is { } terms ? $", approved by {terms.Whose}" : "";
        return $"{share}{hold}{requests}{reads}{approval}";
    }

    private static string Told(Notification to) => $"{to.Name} ({to.Format}) from {to.Least.ToString().ToLowerInvariant()} on";

    private static string Told(RollbackBound bound)
    {
        var worst = bound.Worst is { } within ? Durations.Rough(within) : "does not see it";
        return $"{bound.Detector} {worst} ({bound.How})";
    }
}

/// <param name="Value">A sentence or two; backticks around what is typed.</param>
public sealed record PlanRow(string Name, string Value);

/// <param name="Query">PromQL that is true while all is well, or false where it only shows.</param>
public sealed record PlanMetric(string Name, string Limit, string Query);

/// <param name="Bounds">Empty if the sentence says it all.</param>
public sealed record PlanTable(string Objective, string Sentence, ImmutableArray<PlanBound> Bounds);

/// <param name="Failure">k.</param>
/// <param name="Within">n; null if the k-th alone is never enough.</param>
public sealed record PlanBound(int Failure, long? Within);
