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

        if (objectives.Count == 0 && !analysis.Problems.Any)
        {
            objectives.Add(DefaultObjective.At(analysis.Find("metrics") ?? analysis.At, "The Canary measures nothing that is understood", analysis.Problems));
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        objectives = [.. objectives.Select(objective => OwnName.Of(objective, names))];
        // Inline ones first, as a person reads them.
        plan.Set("objectives", [.. objectives.OrderBy(objective => ((PlanMap)objective).Entries.ContainsKey("interval"))]);
        return objectives.Exists(objective => ((PlanMap)objective).Entries.ContainsKey("interval"));
    }

    private static IEnumerable<PlanNode> Objectives(Fields metric, FlaggerTerms terms)
    {
        var name = metric.Text("name") ?? "";
        var window = metric.Value("interval", ManifestNumbers.Duration);
        terms = terms with { Window = Window(metric, window?.Value ?? DefaultWindow, terms.Interval * ChecksReader.MostIntervals) };
        if (metric.Has("templateRef") || metric.Has("query"))
        {
            return FlaggerQuery.Check(metric, name, Limits(metric, name), terms) is { } query ? [query] : [];
        }

        var (min, max) = Limits(metric, name);
        if (name == "request-success-rate")
        {
            return SuccessRate(metric, min, max, terms);
        }

        if (Duration().Match(name) is { Success: true } match)
        {
            return Latency(metric, match.Groups[1].Value, min, max, terms);
        }

        metric.Without("name", $"{Shown.Quoted(name)} is none of Flagger's own metrics (request-success-rate, request-duration) and names no templateRef.", "It is left out.");
        return [];
    }

    private static TimeSpan Window(Fields metric, TimeSpan given, TimeSpan most)
    {
        if (given > most)
        {
            metric.Problems.Note($"{metric.Text("name")} looks back {Durations.Format(most)} and not {Durations.Format(given)}: {ChecksReader.MostIntervals} intervals are kept.");
        }

        return given < most ? given : most;
    }

    /// <summary>Judged on every response, and beside it Flagger's own check at its interval.</summary>
    private static IEnumerable<PlanNode> Both(Fields metric, FlaggerTerms terms, Func<NativeMap, NativeMap> limit) =>
    [
        limit(new NativeMap(metric.At)).Node,
        terms.Windowed(limit(new NativeMap(metric.At).Set("name", metric.Text("name")!, metric.Find("name")))).Node,
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
            metric.Problems.NotUnderstood(metric.At, "The latency has no greatest value, so it never fails.", "It is left out.");
            return [];
        }

        var number = Numbers.Parse(max.Text);
        if (number.Fault is { } fault)
        {
            metric.Problems.Add(max, fault);
            return [];
        }

        Tell(metric, quantile, terms);
        // Flagger truncates to whole milliseconds as well.
        var limit = Math.Max(1, Math.Truncate(number.Value)).ToString(CultureInfo.InvariantCulture);
        return Both(metric, terms, map => map.Set("metric", quantile.Length == 0 ? "p99" : quantile).Set("max", $"{limit}ms", max));
    }

    private static void Tell(Fields metric, string quantile, FlaggerTerms terms)
    {
        if (quantile.Length > 0)
        {
            metric.Problems.Note($"request-duration-{quantile} is no built-in of Flagger, which would fail every check; it is taken as meant: the {quantile} of the latency.");
        }
        else if (terms.Provider is "nginx" or "skipper")
        {
            metric.Problems.Note($"request-duration is the mean with {terms.Provider}; here it is the p99, which is stricter.");
        }
    }

    [GeneratedRegex(@"^request-duration(?:-(p[0-9]{2,3}))?\z")]
    private static partial Regex Duration();
}
