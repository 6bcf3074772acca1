using System.Globalization;
using System.Text;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>A plan on one page of Markdown, generated from the plan itself: what would happen, and how soon.</summary>
public static class PlanPage
{
    private const int ShownFailures = 8;

    public static string Markdown(RolloutPlan plan)
    {
        var page = new StringBuilder();
        page.AppendLine(CultureInfo.InvariantCulture, $"# {plan.Name}").AppendLine();
        page.AppendLine("| | |").AppendLine("|---|---|");
        Row(page, "Arms", plan.IsFlagFirst ? $"one cluster, `{plan.Stable}`; the canary are the users that flag `{plan.Flag}` is on for" : $"stable `{plan.Stable}`, canary `{plan.Canary}`");
        Row(page, "Progression", string.Join(" → ", plan.Steps.Select(Told)));
        Row(page, "Trigger", string.Join("; ", plan.Objectives.Select(Told)) + (plan.Judge.MaxRatioToStable is { } ratio ? $"; more than {ratio}× stable's failure rate" : ""));
        Row(page, "Action", $"weight 0 at once{(plan.Flag is null ? "" : $", flag `{plan.Flag}` off in the same act")}, and the version is refused: `snapback rollback {plan.Name} --reason \"…\"`");
        Row(page, "Shield", plan.Shield is { } shield ? $"failed {string.Join(", ", shield.Methods)} requests are answered by stable, up to {Shares.Format((decimal)shield.Budget * 100)} of all requests" : "off: users see what the canary fails");
        Row(page, "Authority", $"the judge; {string.Join(", ", plan.Rollback.Authority)}");
        Row(page, "Deadline", Durations.Format(plan.Rollback.Deadline));
        Row(page, "Owner", plan.Owner ?? "nobody named");
        Row(page, "Sensitivity", $"{Choices.Sensitivity.Format(plan.Sensitivity)}: a canary exactly at a limit is rolled back in 1 of {1 / plan.Sensitivity.Alpha():N0} starts");
        foreach (var objective in plan.Objectives)
        {
            Table(page, plan, objective);
        }

        return page.ToString();
    }

    /// <summary>What the judge does at the start of a step, in whole numbers: the same table that it decides by.</summary>
    private static void Table(StringBuilder page, RolloutPlan plan, Objective objective)
    {
        var isErrors = objective.Metric == ObjectiveMetric.SuccessRate;
        page.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## When {objective.Name} rolls back").AppendLine();
        if (isErrors && plan.Judge.ConsecutiveFailures is { } row)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"At {row} failures in a row, whatever the statistics say.");
            return;
        }

        var settings = DetectorSettings.For(objective.Budget, plan.Sensitivity.Alpha());
        var table = Evidence.FiringTable(
            Grid.For(objective.Budget), Math.Log(1 / settings.Alpha) - Math.Log(settings.StartMass), ShownFailures, settings.MinFailures);
        page.AppendLine(CultureInfo.InvariantCulture, $"From the start of a step, the k-th {(isErrors ? "failure" : "slow response")} rolls back if it is among the first n canary responses:").AppendLine();
        page.AppendLine("| k | n |").AppendLine("|---|---|");
        for (var k = 1; k <= ShownFailures; k++)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"| {k} | {(table[k] == 0 ? "never" : table[k].ToString("N0", CultureInfo.InvariantCulture))} |");
        }
    }

    private static void Row(StringBuilder page, string name, FormattableString value) => Row(page, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Row(StringBuilder page, string name, string value) => page.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {value} |");

    private static string Told(Step step) =>
        $"{step.Weight}{(step.Hold > TimeSpan.Zero ? $" for {Durations.Format(step.Hold)}" : "")}{(step.Requests > 1 ? $" and {step.Requests} requests" : "")}{(step.Approval is { } approval ? $", approved by {approval.Whose}" : "")}";

    private static string Told(Objective objective) => objective.Metric == ObjectiveMetric.SuccessRate
        ? string.Create(CultureInfo.InvariantCulture, $"success rate below {(1 - (decimal)objective.Budget) * 100:0.######}%")
        : $"{objective.Name} above {Durations.Format(objective.Limit)}";
}
