using System.Text.RegularExpressions;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Flagger;

/// <summary>A metric by MetricTemplate, or by the older query of its own, as a check.</summary>
internal static partial class FlaggerQuery
{
    private const string DefaultServer = "http://prometheus:9090";

    public static PlanNode? Check(Fields metric, string name, (PlanScalar? Min, PlanScalar? Max) limits, FlaggerTerms terms)
    {
        var check = new NativeMap(metric.At).Set("name", name, metric.Find("name"));
        var words = Words(metric, terms);
        if (!(metric.Scalar("query") is { } inline ? Inline(metric, inline, terms, words, check) : Template(metric, words, check, terms)))
        {
            return null;
        }

        if (limits is (null, null) && !metric.Has("thresholdRange"))
        {
            metric.Problems.Note($"{Shown.Plain(name)} has no thresholdRange: as in Flagger, whatever is above 0 fails.");
            limits = (null, NativeMap.Scalar("0", metric.At));
        }

        if (limits is (null, null))
        {
            metric.Problems.NotUnderstood(metric.At, "The thresholdRange has neither min nor max, so the metric never fails.", "It is left out.");
            return null;
        }

        Set(check, "min", limits.Min);
        Set(check, "max", limits.Max);
        return terms.Rule(check.Set("timeout", "5s")).Set("delay", Durations.Format(terms.Interval)).Node;
    }

    private static bool Inline(Fields metric, PlanScalar query, FlaggerTerms terms, Dictionary<string, string> words, NativeMap check)
    {
        check.Set("address", terms.MetricsServer?.Text ?? DefaultServer, terms.MetricsServer);
        return Query(metric, query, words, check);
    }

    private static bool Template(Fields metric, Dictionary<string, string> words, NativeMap check, FlaggerTerms terms)
    {
        var reference = metric.Map("templateRef");
        var name = reference?.Text("name") ?? "";
        var space = reference?.Text("namespace") ?? terms.Canary.Namespace;
        reference?.Close();
        if (metric.File.Find("MetricTemplate", name, space) is not { } manifest || Fields.Of(manifest.Root, metric.File)?.Map("spec") is not { } spec)
        {
            metric.Without("templateRef", metric.File.IsMissing("MetricTemplate", name, space), "Put it there; the metric is left out.");
            return false;
        }

        var provider = spec.Map("provider");
        if (provider?.Text("type") is { } type and not "prometheus")
        {
            provider.Without(
                "type",
                $"The provider {Shown.Plain(type)} is not supported.",
                "The metric is left out; a web check or a hook can ask the same.");
            return false;
        }

        check.Set("address", provider?.Text("address") ?? DefaultServer, provider?.Find("address"));
        provider?.Without("secretRef", "Credentials stand in the configuration.", "Give them as Snapback:Providers:prometheus:Headers.");
        provider?.Without("headers", "Headers of a provider stand in the configuration.", "Give them as Snapback:Providers:prometheus:Headers.");
        provider?.Without("insecureSkipVerify", "A certificate is always checked.", "It is left out.");
        provider?.Find("region");
        provider?.Close();
        var query = spec.Scalar("query");
        if (query is null)
        {
            spec.Problems.NotUnderstood(spec.At, "The MetricTemplate has no query.", "The metric is left out.");
        }

        var isUnderstood = query is not null && Query(metric, query, words, check);
        spec.Close();
        return isUnderstood;
    }

    private static bool Query(Fields metric, PlanScalar query, Dictionary<string, string> words, NativeMap check)
    {
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        if (!Placeholders.TryFill(Placeholder(), query.Text, Value, out var filled))
        {
            Placeholders.RefuseLength(query, metric.Problems);
            return false;
        }

        if (unknown.Count > 0)
        {
            metric.Problems.NotUnderstood(
                query,
                $"The query uses {string.Join(" and ", unknown.Order().Select(Shown.Quoted))}, which has no value here.",
                "The metric is left out.");
            return false;
        }

        check.Set("query", filled.Trim(), query);
        return true;

        string Value(string gap)
        {
            if (words.TryGetValue(gap.Trim(), out var value))
            {
                return value;
            }

            unknown.Add(gap.Trim());
            return "";
        }
    }

    /// <summary>What Flagger's templates may name.</summary>
    private static Dictionary<string, string> Words(Fields metric, FlaggerTerms terms)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = terms.Canary.Name,
            ["namespace"] = terms.Canary.Namespace ?? "default",
            ["target"] = terms.Target,
            ["service"] = terms.Service,
            ["ingress"] = terms.Ingress,
            ["route"] = terms.Route,
            ["interval"] = metric.Text("interval") ?? "1m",
        };
        foreach (var (key, entry) in metric.Map("templateVariables")?.At.Entries ?? [])
        {
            words[$"variables.{key}"] = entry.Value is PlanScalar scalar ? scalar.Text : "";
        }

        return words;
    }

    private static void Set(NativeMap check, string key, PlanScalar? value)
    {
        if (value is not null)
        {
            check.Set(key, value);
        }
    }

    [GeneratedRegex(@"\{\{-?([^{}]*?)-?\}\}")]
    private static partial Regex Placeholder();
}
