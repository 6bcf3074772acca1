using System.Globalization;
using System.Text.RegularExpressions;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Flagger;

/// <summary>Flagger's metrics as objectives. The built-in ones are judged on every response.</summary>
internal static partial class FlaggerMetrics
{
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromMinutes(1);

    /// <returns>Some of them are checks.</returns>
    public static bool Set(NativeMap plan, Fields analysis, FlaggerTerms terms)
    {
        var objectives = new List<PlanNode>();
        foreach (var metric in analysis.Maps("metrics"))
        {
            objectives.AddRange(Objectives(metric, terms));
            metric.Close();
        }

        OneOfEach(objectives, analysis.Problems);
        if (objectives.Count == 0)
        {
            objectives.Add(
                DefaultObjective.At(
                    analysis.Find("metrics") ?? analysis.At,
                    "The Canary measures nothing that is understood",
                    analysis.Problems));
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        objectives = [.. objectives.Select(objective => OwnName.Of(objective, names))];
        // Inline ones first, as a person reads them.
        plan.Set("objectives", [.. objectives.OrderBy(objective => ((PlanMap)objective).Entries.ContainsKey("interval"))]);
        return objectives.Exists(objective => ((PlanMap)objective).Entries.ContainsKey("interval"));
    }

    /// <summary>The judge takes one success rate and one latency. A further one of Flagger's stays a check at its interval.</summary>
    private static void OneOfEach(List<PlanNode> objectives, Problems problems)
    {
        var judged = new HashSet<bool>();
        var further = objectives.Cast<PlanMap>()
            .Where(objective => !objective.Entries.ContainsKey("interval"))
            .Where(objective => !judged.Add(objective.Entries["metric"].Value is PlanScalar { Text: "success-rate" }))
            .ToList();
        foreach (var one in further)
        {
            problems.Note($"{one.Path} is a further metric of its kind: the first is judged on every response, this one at its interval.");
            objectives.Remove(one);
        }
    }

    private static IEnumerable<PlanNode> Objectives(Fields metric, FlaggerTerms terms)
    {
        var name = metric.Text("name") ?? "";
        var limits = Limits(metric, name);
        var isQuery = metric.Has("templateRef") || metric.Has("query");
        var query = isQuery ? FlaggerQuery.Check(metric, name, limits, terms) : null;
        IEnumerable<PlanNode> asked = query is null ? [] : [query];
        if (isQuery && name is not ("request-success-rate" or "request-duration"))
        {
            // How far it looks back is its own text's business.
            metric.Find("interval");
            return asked;
        }

        if (isQuery)
        {
            metric.Problems.Note($"{name} is Flagger's own metric by its name: that is checked, and what it refers to beside it.");
        }

        return [.. BuiltIn(metric, name, limits, terms), .. asked];
    }

    private static IEnumerable<PlanNode> BuiltIn(Fields metric, string name, (PlanScalar? Min, PlanScalar? Max) limits, FlaggerTerms terms)
    {
        var window = metric.Value("interval", ManifestNumbers.Duration)?.Value ?? DefaultWindow;
        var duration = Duration().Match(name);
        if (name != "request-success-rate" && !duration.Success)
        {
            metric.Without(
                "name",
                $"{Shown.Quoted(name)} is none of Flagger's own metrics (request-success-rate, request-duration) and names no templateRef.",
                "It is left out.");
            return [];
        }

        terms = terms with { Window = window };
        var (min, max) = limits;
        return duration.Success ? Latency(metric, duration.Groups[1].Value, min, max, terms) : SuccessRate(metric, min, max, terms);
    }

    /// <summary>A check has a window of one to so many intervals.</summary>
    private static FlaggerTerms Windowed(Fields metric, FlaggerTerms terms)
    {
        var most = terms.Interval * ChecksReader.MostIntervals;
        var kept = TimeSpan.FromTicks(Math.Clamp(terms.Window.Ticks, terms.Interval.Ticks, most.Ticks));
        if (kept != terms.Window)
        {
            metric.Problems.Note(
                $"{metric.Text("name")} looks back {Durations.Format(kept)} and not {Durations.Format(terms.Window)}: " +
                (kept == most ? $"{ChecksReader.MostIntervals} intervals are kept." : "a check sees all of its interval."));
        }

        return terms with { Window = kept };
    }

    /// <summary>Judged on every response, and beside it Flagger's own check at its interval.</summary>
    private static IEnumerable<PlanNode> Both(Fields metric, FlaggerTerms terms, Func<NativeMap, NativeMap> limit) =>
    [
        limit(new NativeMap(metric.At)).Node,
        Windowed(metric, terms).Windowed(limit(new NativeMap(metric.At).Set("name", metric.Text("name")!, metric.Find("name")))).Node,
    ];

    /// <summary>The deprecated threshold is a least value for the success rate, and a greatest for all else.</summary>
    private static (PlanScalar? Min, PlanScalar? Max) Limits(Fields metric, string name)
    {
        var range = metric.Map("thresholdRange");
        var (min, max) = (range?.Scalar("min"), range?.Scalar("max"));
        range?.Close();
        var threshold = metric.Scalar("threshold");
        return range is not null || threshold is null ? (min, max) : name == "request-success-rate" ? (threshold, null) : (null, threshold);
    }

    private static IEnumerable<PlanNode> SuccessRate(Fields metric, PlanScalar? min, PlanScalar? max, FlaggerTerms terms)
    {
        if (max is not null && max.Text.TrimEnd('%') is not ("100" or "100.0"))
        {
            metric.Problems.NotUnderstood(max, "A success rate has no greatest value.", "It is left out.");
        }

        if (min is null)
        {
            metric.Problems.NotUnderstood(metric.At, "The success rate has no least value, so it never fails.", "It is left out.");
            return [];
        }

        if (Numbers.Parse(min.Text.TrimEnd('%')) is { Fault: null, Value: > 0 and <= 1 })
        {
            metric.Problems.Note(
                $"request-success-rate counts percent: {Shown.Plain(min.Text)} is {Shown.Plain(min.Text.TrimEnd('%'))}%, which hardly ever fails.");
        }

        return Both(metric, terms, map => map.Set("metric", "success-rate").Set("min", min.Text.TrimEnd('%') + "%", min));
    }

    private static IEnumerable<PlanNode> Latency(Fields metric, string quantile, PlanScalar? min, PlanScalar? max, FlaggerTerms terms)
    {
        if (min is not null)
        {
            metric.Problems.NotUnderstood(min, "A latency has no least value.", "It is left out.");
        }

        if (max is null)
        {
            metric.Problems.NotUnderstood(
                metric.At,
                metric.Has("thresholdRange")
                    ? "The latency has no greatest value, so it never fails."
                    : "The latency has no thresholdRange: Flagger takes 0 ms, and fails every check.",
                "It is left out.");
            return [];
        }

        var number = Numbers.Parse(max.Text);
        if (number.Fault is { } fault)
        {
            metric.Problems.Add(max, fault);
            return [];
        }

        Tell(metric, quantile, terms);
        if (number.Value < 1)
        {
            metric.Problems.Note(
                $"request-duration counts milliseconds: Flagger takes {Shown.Plain(max.Text)} for 0 and fails every check; here it is 1ms.");
        }

        // Flagger truncates to whole milliseconds as well.
        var limit = Math.Max(1, Math.Truncate(number.Value)).ToString(CultureInfo.InvariantCulture);
        return Both(metric, terms, map => map.Set("metric", quantile.Length == 0 ? "p99" : quantile).Set("max", $"{limit}ms", max));
    }

    private static void Tell(Fields metric, string quantile, FlaggerTerms terms)
    {
        if (quantile.Length > 0)
        {
            metric.Problems.Note(
                $"request-duration-{quantile} is none of Flagger's own metrics, and Flagger would fail every check of it; here it is the {quantile} of the latency.");
        }
        else if (terms.Provider is "nginx" or "skipper")
        {
            metric.Problems.Note($"request-duration is the mean with {terms.Provider}; here it is the p99, which is stricter.");
        }
    }

    [GeneratedRegex(@"^request-duration(?:-(p[0-9]{2,3}))?\z")]
    private static partial Regex Duration();
}
