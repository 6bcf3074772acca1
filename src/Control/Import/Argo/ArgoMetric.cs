using System.Globalization;
using System.Text.RegularExpressions;
using Snapback.Control.Expressions;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Argo;

/// <summary>One metric of an AnalysisTemplate as a check.</summary>
internal static class ArgoMetric
{
    /// <param name="dryRun">Patterns of names that never decide anything.</param>
    public static PlanNode? Check(Fields metric, ArgoBeginning begins, List<string> dryRun)
    {
        var name = metric.Text("name") ?? "metric";
        var check = new NativeMap(metric.At).Set("name", name, metric.Find("name"));
        var isAsked = Source(metric, check);
        var isUnderstood = Conditions(metric, check, isAsked) && isAsked;
        Timing(metric, check, begins.After);
        if (begins.Step != 1)
        {
            check.Set("from", begins.Step.ToString(CultureInfo.InvariantCulture));
        }

        if (dryRun.Exists(pattern => pattern == name
            || (ValuePattern.Fault(pattern) is null && Regex.IsMatch(name, pattern, RegexOptions.NonBacktracking))))
        {
            check.Set("onBreach", "notify");
        }

        metric.Without("inconclusiveLimit", "What is neither success nor failure holds the step for as long as it lasts.", "It is left out.");
        metric.Without("consecutiveSuccessLimit", "A check cannot end early by successes.", "It is left out.");
        metric.Find("consecutiveErrorLimit");
        metric.Close();
        return isUnderstood ? check.Node : null;
    }

    /// <summary>From the first asking to the last, as written for the plan's reader; what that refuses lasts no time.</summary>
    public static TimeSpan Lasts(PlanMap check)
    {
        var isCounted = int.TryParse(Text(check, "count"), NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        var more = isCounted && count <= ChecksReader.MostRuns ? Math.Max(1, count) - 1 : 0;
        return Lasting(check, "delay") + Lasting(check, "interval") * more;
    }

    public static string Name(PlanMap check) => Shown.Plain(Text(check, "name") ?? "");

    private static TimeSpan Lasting(PlanMap check, string key) => Durations.TryParse(Text(check, key) ?? "", out var duration)
        ? duration
        : TimeSpan.Zero;

    private static string? Text(PlanMap check, string key) =>
        check.Entries.TryGetValue(key, out var entry) && entry.Value is PlanScalar scalar ? scalar.Text : null;

    private static void Timing(Fields metric, NativeMap check, TimeSpan after)
    {
        var interval = metric.Value("interval", ManifestNumbers.Duration);
        check.Set("interval", interval is { } given ? Durations.Format(given.Value) : "1m", interval?.At);
        var delay = metric.Value("initialDelay", ManifestNumbers.Duration);
        if (after + (delay?.Value ?? TimeSpan.Zero) is var first && first > TimeSpan.Zero)
        {
            check.Set("delay", Durations.Format(first), delay?.At);
        }

        // Argo takes 0 for no count, and asks exactly once without both.
        if (metric.Scalar("count") is { Text: not "0" } count)
        {
            check.Set("count", count);
            if (count.Text != "1" && !metric.Has("interval"))
            {
                metric.Problems.Add(count, "Argo refuses a count above 1 without an interval.", "Add, say, interval: 1m.");
            }
        }
        else if (interval is null)
        {
            check.Set("count", "1");
        }

        // failureLimit: 3 tolerates three failures, wherever they stand.
        var tolerated = metric.Whole("failureLimit") ?? 0;
        if (tolerated < 0)
        {
            metric.Without("failureLimit", "A failure that never fails is no check.", "Its failures notify.");
            check.Set("onBreach", "notify");
        }

        if (tolerated >= ChecksReader.MostFailures)
        {
            metric.Problems.Add(
                metric.Find("failureLimit")!,
                $"{tolerated} failures are more than the {ChecksReader.MostFailures - 1} that can be tolerated.",
                "Write fewer, or -1 for a metric whose failures are only told.");
            tolerated = 0;
        }

        check.Set("rule", $"{Math.Max(0, tolerated) + 1} cumulative", metric.Find("failureLimit"));
    }

    private static bool Conditions(Fields metric, NativeMap check, bool isAsked)
    {
        var isUnderstood = true;
        var any = false;
        foreach (var (key, native) in (ReadOnlySpan<(string, string)>)[("successCondition", "success"), ("failureCondition", "failure")])
        {
            if (metric.Scalar(key) is not { Text.Length: > 0 } condition)
            {
                continue;
            }

            any = true;
            check.Set(native, condition.Text.Trim(), condition);
            if (!Expression.TryParse(condition.Text, out _, out var error))
            {
                metric.Without(key, $"The condition {Shown.Quoted(condition.Text)} is unsupported: {error}", "The metric is left out.");
                isUnderstood = false;
            }
        }

        // Of a provider that is not understood, it is enough to say that.
        if (!any && isAsked)
        {
            metric.Problems.NotUnderstood(metric.At, "A metric without a condition always succeeds in Argo.", "It is left out.");
        }

        return isUnderstood && any;
    }

    private static bool Source(Fields metric, NativeMap check)
    {
        if (metric.Map("provider") is not { } provider)
        {
            metric.Problems.NotUnderstood(metric.At, "The metric has no provider.", "It is left out.");
            return false;
        }

        if (provider.At.Entries.Count != 1)
        {
            var kinds = provider.At.Entries.Keys.Select(kind => Shown.Plain(kind));
            var found = provider.At.Entries.Count == 0 ? "none" : string.Join(" and ", kinds);
            metric.Problems.NotUnderstood(
                provider.At, $"A metric has one provider; this one has {found}.", "The metric is left out.");
            return false;
        }

        var isUnderstood = provider.Map("prometheus") is { } prometheus
            ? Prometheus(prometheus, check)
            : provider.Map("web") is { } web && Web(web, check);
        foreach (var kind in provider.At.Entries.Keys.Where(kind => kind is not ("prometheus" or "web")).ToList())
        {
            provider.Without(
                kind,
                kind == "job"
                    ? "A job runs in the cluster; Snapback starts none."
                    : $"The provider {Shown.Plain(kind)} is not supported.",
                "The metric is left out; a web check or a hook can ask the same.");
        }

        return isUnderstood;
    }

    private static bool Prometheus(Fields prometheus, NativeMap check)
    {
        Copy(prometheus, "query", check, "query");
        Copy(prometheus, "address", check, "address");
        check.Set(
            "timeout",
            prometheus.Value("timeout", ManifestNumbers.Duration) is { } timeout && timeout.Value > TimeSpan.Zero
                ? Durations.Format(timeout.Value)
                : "30s");
        prometheus.Without("insecure", "A certificate is always checked.", "It is left out.");
        prometheus.Without("headers", "Headers of a provider stand in the configuration.", "Give them as Snapback:Providers:prometheus:Headers.");
        prometheus.Without("authentication", "Credentials stand in the configuration.", "Give them as Snapback:Providers:prometheus:Headers.");
        var isRange = prometheus.Has("rangeQuery");
        prometheus.Without("rangeQuery", "A range query answers a matrix, which no condition takes.", "The metric is left out.");
        prometheus.Close();
        return Asks(prometheus, "query") && !isRange;
    }

    private static bool Web(Fields web, NativeMap check)
    {
        Copy(web, "url", check, "web");
        Copy(web, "method", check, "method");
        Copy(web, "body", check, "body");
        Place(web, check);
        if (web.Find("jsonBody") is { } body)
        {
            PlanReader.NoTemplates(body, web.Problems);
            check.Set("body", ManifestJson.Of(body), body);
        }

        check.Set("timeout", web.Whole("timeoutSeconds") is { } seconds and > 0 ? $"{seconds}s" : "10s");
        var headers = new NativeMap(web.At);
        foreach (var header in web.Maps("headers"))
        {
            var (key, value) = (header.Text("key"), header.Scalar("value"));
            header.Close();
            if (key is not null && value is not null)
            {
                headers.Set(key, value);
            }
            else
            {
                header.Problems.NotUnderstood(header.At, "The header has no key or no value.", "It is left out.");
            }
        }

        if (headers.Node.Entries.Count > 0)
        {
            check.Set("headers", headers.Node);
        }

        web.Without("insecure", "A certificate is always checked.", "It is left out.");
        web.Without("authentication", "The check is asked without credentials.", "It is left out.");
        web.Close();
        if (web.Text("method") is { Length: > 0 } method && method is not ("GET" or "POST"))
        {
            web.Without("method", $"A check is asked by GET or POST, and not by {Shown.Plain(method)}.", "The metric is left out.");
            return false;
        }

        return Sends(web) && Asks(web, "url");
    }

    /// <summary>Of all that a path leads to Argo takes the first; here [*] is the list of them.</summary>
    private static void Place(Fields web, NativeMap check)
    {
        if (web.Scalar("jsonPath") is not { Text: var path } at || !path.Contains("[*]", StringComparison.Ordinal))
        {
            Copy(web, "jsonPath", check, "jsonPath");
            return;
        }

        var first = path.Trim().Replace("[*]", "[0]", StringComparison.Ordinal);
        check.Set("jsonPath", first, at);
        web.Problems.Note($"Of all that {Shown.Plain(path)} leads to, Argo takes the first: it is {Shown.Plain(first)} here.");
    }

    /// <summary>Argo's own rules for a body. It finds out when it asks: every measurement is an error, and the fifth in a row aborts.</summary>
    private static bool Sends(Fields web)
    {
        var body = web.Text("body") is { Length: > 0 } ? "body" : web.Has("jsonBody") ? "jsonBody" : null;
        if (body == "body" && web.Has("jsonBody"))
        {
            web.Without("jsonBody", "Argo takes a body or a jsonBody, and fails to ask with both.", "Keep one; the metric is left out.");
            return false;
        }

        if (body is not null && web.Text("method") is not "POST")
        {
            web.Without(
                body,
                $"Argo asks by GET where no method is given, and fails to ask with a {body} then.",
                "Write method: POST, if that is meant; the metric is left out.");
            return false;
        }

        return true;
    }

    private static bool Asks(Fields provider, string key)
    {
        var text = provider.Text(key);
        if (text is "" || !provider.Has(key))
        {
            provider.Problems.NotUnderstood(provider.At, $"The provider has no {key}.", "The metric is left out.");
        }

        return text is { Length: > 0 };
    }

    /// <summary>Go, too, takes an empty text for none.</summary>
    private static void Copy(Fields from, string key, NativeMap to, string native)
    {
        if (from.Scalar(key) is { Text.Length: > 0 } value)
        {
            to.Set(native, value.Text.Trim(), value);
        }
    }
}

/// <summary>When the checks of an analysis are asked for the first time.</summary>
/// <param name="Step">Of the native plan, from 1; 0 for before the first.</param>
/// <param name="After">The pauses that stand before it within that step.</param>
internal readonly record struct ArgoBeginning(int Step, TimeSpan After = default);
