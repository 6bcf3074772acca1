using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads the objectives: the trigger of the rollback.</summary>
internal static partial class ObjectivesReader
{
    private const string Example = "{ metric: success-rate, min: 99.5% }";

    public static ImmutableArray<Objective> Read(PlanSection plan, Problems problems)
    {
        var items = plan.List("objectives");
        if (plan.Find("objectives") is null || items is { Count: 0 })
        {
            plan.Missing(
                "objectives",
                "The rollback has no trigger, and the rollout does not start without one.",
                $"Add: objectives: [ {Example} ].");
        }

        var read = (items ?? [])
            .Where(item => !ChecksReader.IsCheck(item) && !BurnRateReader.IsBurnRate(item))
            .Select(item => Objective(item, problems))
            .OfType<Located<Objective>>()
            .ToList();
        RolloutPlanValidator.ObjectivesAreSingle(read, problems);
        return [.. read.Select(objective => objective.Value)];
    }

    private static Located<Objective>? Objective(PlanNode node, Problems problems)
    {
        if (PlanSection.Open(node, PlanKeys.Objective, Example, problems) is not { } objective)
        {
            return null;
        }

        if (objective.Find("metric") is null)
        {
            objective.Missing(
                "metric",
                "The objective names no metric.",
                $"Write it as {Example} or {{ metric: p95, max: 400ms }}.");
        }

        if (objective.Value("metric", Metric) is not { } metric)
        {
            // Without a metric the limits can still be wrong by themselves: no second round for those.
            objective.Value("min", Budget);
            objective.Value("max", DurationReader.Parse);
            return null;
        }

        return metric.Value is { } budget ? Latency(objective, metric.At, budget, problems) : SuccessRate(objective, metric.At, problems);
    }

    private static Located<Objective>? SuccessRate(PlanSection objective, PlanNode metric, Problems problems)
    {
        Foreign(objective, "max", "A success rate has a least value, not a greatest.", "Write min: 99.5%.", problems);
        var budget = objective.Value("min", Budget);
        if (objective.Find("min") is null && objective.Find("max") is null)
        {
            objective.Missing("min", "The success rate has no limit.", "Add: min: 99.5%.");
        }

        return new Located<Objective>(new Objective(ObjectiveMetric.SuccessRate, budget?.Value ?? 0, TimeSpan.Zero), metric);
    }

    /// <summary>Outside of this range the judge would hold the canary to another limit than the one that stands here.</summary>
    private static Parsed<double> Budget(string text) =>
        Shares.Budget(text) is var budget && budget.Fault is null && budget.Value is < Grid.MinBudget or > Grid.MaxBudget
            ? new Fault(
                $"{Shown.Plain(text)} is not from 10% to 99.9999%.",
                "Beyond that the judge would hold the canary to another limit than this one; write, say, 99.5%.")
            : budget;

    private static Located<Objective>? Latency(PlanSection objective, PlanNode metric, double budget, Problems problems)
    {
        Foreign(objective, "min", "A latency has a greatest value, not a least.", "Write max: 400ms.", problems);
        var limit = objective.Value("max", DurationReader.Parse);
        if (objective.Find("max") is null && objective.Find("min") is null)
        {
            objective.Missing("max", "The latency has no limit.", "Add: max: 400ms.");
        }

        return new Located<Objective>(new Objective(ObjectiveMetric.Latency, budget, limit?.Value ?? TimeSpan.Zero), metric);
    }

    private static void Foreign(PlanSection objective, string key, string message, string remedy, Problems problems)
    {
        if (objective.Find(key) is { } node)
        {
            problems.Add(node, message, remedy);
        }
    }

    /// <summary>Null for the success rate, the budget for a quantile; "p999" is p99.9 too.</summary>
    public static Parsed<double?> Metric(string text)
    {
        if (text == "success-rate")
        {
            return (double?)null;
        }

        var quantile = Quantile().Match(text);
        if (!quantile.Success)
        {
            return new Fault(
                $"{Shown.Quoted(text)} is not a metric.",
                "Use success-rate with min, or a latency quantile such as p95 with max.");
        }

        var percent = decimal.Parse($"{quantile.Groups[1].Value}.{quantile.Groups[2].Value}0", CultureInfo.InvariantCulture);
        return percent is >= 50 and <= 99.9m
            ? (double?)(double)(1 - percent / 100)
            : new Fault($"{Shown.Plain(text)} is not a quantile from p50 to p99.9.", "Use, say, p95 or p99.9.");
    }

    [GeneratedRegex(@"^p([0-9]{2})(?:\.?([0-9]))?\z")]
    private static partial Regex Quantile();
}
