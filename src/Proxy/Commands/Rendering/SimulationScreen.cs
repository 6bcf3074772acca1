using System.Globalization;
using Snapback.Control;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Simulation;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>A simulation on one screen: what a good canary meets, what a bad one costs, what to mend.</summary>
internal static class SimulationScreen
{
    private static readonly Text Gap = new(" ");

    public static IRenderable Of(SimulationReport report, Sheet sheet)
    {
        var plan = report.Request.Plan;
        List<IRenderable> parts =
        [
            new Paragraph().Append(plan.Name, Look.Strong).Append($"  {string.Join(sheet.Pick(" → ", " > "), plan.Steps.Select(step => step.Name))}"),
            Facts(report, sheet),
            Gap,
            Healthy(report.Healthy),
            Gap,
            SimulationFaults.Of(report, sheet),
        ];
        if (SimulationChart.Of(report, sheet) is { } chart)
        {
            parts.AddRange([Gap, chart]);
        }

        parts.AddRange([Gap, SimulationSteps.Of(report, sheet)]);
        parts.AddRange(report.Warnings.SelectMany(warning => (IRenderable[])[Gap, Warning(warning, sheet)]));
        return new Rows(parts);
    }

    private static IRenderable Facts(SimulationReport report, Sheet sheet)
    {
        var (plan, traffic) = (report.Request.Plan, report.Request.Traffic);
        var objectives = plan.Objectives.Select(objective => objective.Metric == ObjectiveMetric.SuccessRate
            ? Text($"{objective.Name} {sheet.Pick("≥", ">=")} {(1 - objective.Budget) * 100:0.####}%")
            : Text($"{objective.Name} {sheet.Pick("≤", "<=")} {LatencyLimit.Of(objective.Limit)}"));
        return new Fields()
            .Add("Judged by", $"{string.Join(", ", objectives.DefaultIfEmpty("no objective of its own"))}; {plan.Sensitivity.ToString().ToLowerInvariant()}")
            .Add(
                "Traffic",
                Text($"{Counted.Of(traffic.PerSecond, "request")}/s, {traffic.Healthy * 100:0.####}% failing; ")
                + Text($"p50 {traffic.Latency.P50 * 1000:0.###} ms, p95 {traffic.Latency.P95 * 1000:0.###} ms")
                + (traffic.Latency.SlowShare > 0 ? Text($", {traffic.Latency.SlowShare * 100:0.###}% ten times as long") : "")
                + (traffic.Burst > 1 ? $"; {traffic.Burst} failures at once" : "")
                + (traffic.Replicas > 1 ? $"; {traffic.Replicas} replicas that know nothing of each other" : ""))
            .Add(
                "Breaks",
                traffic.BreaksAfter > 0
                    ? $"{Figures.Duration(TimeSpan.FromSeconds(traffic.BreaksAfter))} after the start"
                    : "with its first request")
            .Add("Runs", Text($"{report.Request.Runs:N0} for each scenario, seed {report.Request.Seed}"))
            .Block;
    }

    private static Rows Healthy(HealthyResult healthy)
    {
        var rolledBack = healthy.RolledBack;
        var range = $"95% interval {Percent(rolledBack.Low)} to {Percent(rolledBack.High)}";
        var (inOrOf, mostBy) = rolledBack.Count == 0 ? ("in", "") : ("of", $", most by {Trigger(healthy.MostOften)}");
        var fields = new Fields()
            .Add("Rolled back", new Paragraph()
                .Append(rolledBack.Count == 0 ? "never" : $"{Percent(rolledBack.Share)}", rolledBack.Share > 0.01 ? Look.Bad : Look.Good)
                .Append($" {inOrOf} {Counted.Of(rolledBack.Of, "run")} ({range}){mostBy}"));
        if (healthy.Frozen > 0)
        {
            fields.Add("Frozen", $"{Counted.Of(healthy.Frozen, "run")}, for a failure of both arms; an operator must resume them", Look.Bad);
        }

        if (healthy.Promotion.Median is { } median)
        {
            var late = healthy.Promotion.P95 is { } p95 && p95 > median + 1 ? $", p95 {Time(p95)}" : "";
            fields.Add("Promoted", $"{Time(median)} after the start{late}");
        }

        else if (rolledBack.Count < rolledBack.Of)
        {
            fields.Add("Promoted", $"not within {Durations.Longest.TotalDays:0} days: its steps wait for more requests than there are", Look.Bad);
        }

        return new Rows(new Text("A healthy canary", Look.Strong), fields.Block);
    }

    private static Spectre.Console.Grid Warning(string sentence, Sheet sheet) => new Spectre.Console.Grid()
        .AddColumn(new GridColumn().NoWrap().PadLeft(0).PadRight(1))
        .AddColumn(new GridColumn().PadLeft(0).PadRight(0))
        .AddRow(new Text(sheet.Pick("⚠", "!"), Look.Bad), new Text(sentence));

    internal static string Trigger(Cause cause) => cause switch
    {
        Cause.Errors => "errors",
        Cause.Latency => "latency",
        Cause.Relative => "vs stable",
        Cause.RelativeLatency => "p95 vs stable",
        Cause.HarmCap => "harm cap",
        Cause.Consecutive => "in a row",
        Cause.SharedGraceOver => "precaution",
        _ => Figures.None,
    };

    /// <summary>Two digits that matter: 0.37%, 5.7%, 42%.</summary>
    internal static string Percent(double share) => share switch
    {
        0 or >= 0.1 => Text($"{share * 100:0}%"),
        >= 0.01 => Text($"{share * 100:0.#}%"),
        _ => Text($"{share * 100:0.##}%"),
    };

    internal static string Time(double seconds) => Figures.Duration(TimeSpan.FromSeconds(
        seconds < 1 ? Math.Round(seconds, 2) : seconds < 60 ? Math.Round(seconds, 1) : Math.Round(seconds)));

    /// <summary>A mean of victims below ten says something in its decimal.</summary>
    internal static string Number(double? value) => value switch
    {
        null => Figures.None,
        < 9.95 => Text($"{value:0.0}"),
        _ => Text($"{value:N0}"),
    };

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
