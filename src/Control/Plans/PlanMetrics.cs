using System.Globalization;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>What a plan measures, as Prometheus would be asked for it.</summary>
internal static class PlanMetrics
{
    /// <summary>Short enough to follow a canary, and a few scrapes long.</summary>
    private const string Range = "5m";

    public static IEnumerable<PlanMetric> Of(RolloutPlan plan) =>
    [
        .. plan.Objectives.Select(objective => Of(plan, objective)),
        .. plan.Checks.Select(check => Of(plan, check)),
        .. plan.BurnRate is { } burn ? burn.Rules.Select(rule => Of(plan, burn, rule)) : [],
    ];

    public static string Limit(BurnRule rule) => string.Join(" and ", Limits(rule));

    private static PlanMetric Of(RolloutPlan plan, Objective objective) => objective.Metric == ObjectiveMetric.SuccessRate
        ? new PlanMetric(
            objective.Name,
            Text($"at least {(1 - (decimal)objective.Budget) * 100:0.######}%"),
            Text($"{Failures(plan, Range)} <= {(decimal)objective.Budget:0.########}"))
        : new PlanMetric(
            objective.Name,
            $"at most {LatencyLimit.Of(objective.Limit)}",
            Text($"{Quantile(plan, 1 - (decimal)objective.Budget, Range)} <= {objective.Limit.TotalSeconds:0.###}"));

    private static PlanMetric Of(RolloutPlan plan, IntervalCheck check) => new(check.Name, Limit(check), check.Source switch
    {
        CheckSource.Prometheus prometheus => prometheus.Query,
        CheckSource.Web web => $"{web.Method} {web.Url}{(web.JsonPath is null ? "" : $" {web.JsonPath}")} (not PromQL)",
        CheckSource.Responses { Quantile: { } quantile } responses =>
            Quantile(plan, (decimal)quantile, Durations.Format(responses.Window ?? check.Interval)),
        CheckSource.Responses responses => $"1 - {Failures(plan, Durations.Format(responses.Window ?? check.Interval))}",
        _ => throw new InvalidOperationException(check.Source.GetType().Name),
    });

    private static PlanMetric Of(RolloutPlan plan, BurnRate burn, BurnRule rule) => new(
        BurnRate.Name,
        $"not faster than {Limit(rule)}",
        // It fires when every window is over every limit.
        string.Join(" or ", rule.Windows.SelectMany(window => Queries(plan, burn, rule, window))));

    private static IEnumerable<string> Queries(RolloutPlan plan, BurnRate burn, BurnRule rule, TimeSpan window)
    {
        var failures = Failures(plan, Durations.Format(window));
        if (rule.Factor is { } factor)
        {
            yield return Text($"{failures} / {(decimal)burn.Budget:0.########} <= {factor:0.###}");
        }

        if (rule.RelativeToStable is { } ratio)
        {
            yield return Text($"{failures} <= {ratio:0.###} * {OfStable(plan, window)}");
        }
    }

    private static string OfStable(RolloutPlan plan, TimeSpan window) => Failures(plan, Durations.Format(window), "stable");

    private static string Limit(IntervalCheck check)
    {
        var unit = check.Source switch { CheckSource.Responses { Quantile: null } => "%", CheckSource.Responses => " ms", _ => "" };
        string?[] parts =
        [
            check.Condition.Min is { } min ? Text($"at least {(decimal)min}{unit}") : null,
            check.Condition.Max is { } max ? Text($"at most {(decimal)max}{unit}") : null,
            check.Condition.Success,
            check.Condition.Failure is { } failure ? $"not {failure}" : null,
        ];
        return string.Join(" and ", parts.Where(part => part is not null));
    }

    private static IEnumerable<string> Limits(BurnRule rule)
    {
        if (rule.Factor is { } factor)
        {
            yield return Text($"{factor:0.###}× the allowed speed");
        }

        if (rule.RelativeToStable is { } ratio)
        {
            yield return Text($"{ratio:0.###}× stable's speed");
        }
    }

    private static string Failures(RolloutPlan plan, string range, string arm = "canary") =>
        $"{Requests(plan, range, arm, ",status=~\"5..\"")} / {Requests(plan, range, arm)}";

    private static string Requests(RolloutPlan plan, string range, string arm, string only = "") =>
        $"sum(rate(http_requests_total{{rollout=\"{plan.Name}\",arm=\"{arm}\"{only}}}[{range}]))";

    private static string Quantile(RolloutPlan plan, decimal quantile, string range) =>
        Text(
            $"histogram_quantile({quantile:0.####}, sum by (le) (rate(http_request_duration_seconds_bucket{{rollout=\"{plan.Name}\",arm=\"canary\"}}[{range}])))");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
