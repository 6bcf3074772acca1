using System.Globalization;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Flagger;

/// <summary>A Canary of flagger.app/v1beta1 in native keys.</summary>
internal static class FlaggerCanary
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(10);

    public static (NativeMap? Plan, string Stable, string Canary) Translate(Manifest manifest, ManifestFile file)
    {
        var root = new Fields(manifest.Root, file);
        root.Find("apiVersion");
        root.Find("kind");
        root.Find("metadata");
        root.Find("status");
        var spec = root.Map("spec");
        root.Close();
        if (spec is null)
        {
            file.Problems.Add(manifest.Root, "The Canary has no spec.", "Give it a spec with an analysis.");
            return (null, "", "");
        }

        var service = Service(spec) ?? manifest.Name;
        spec.Elsewhere(
            "targetRef",
            "autoscalerRef",
            "ingressRef",
            "routeRef",
            "upstreamRef",
            "progressDeadlineSeconds",
            "revertOnDeletion",
            "suspend");
        var analysis = spec.Map("analysis") ?? spec.Map("canaryAnalysis");
        var provider = spec.Text("provider");
        var metricsServer = spec.Scalar("metricsServer");
        if (spec.IsTrue("skipAnalysis") || analysis is null)
        {
            file.Problems.Add(
                spec.Find("skipAnalysis") ?? spec.At,
                "Without an analysis Flagger promotes at once, and there is no go or no-go to import.",
                "Give the Canary an analysis with an interval, a threshold, a stepWeight and metrics; set skipAnalysis: false.");
            return (null, "", "");
        }

        var plan = new NativeMap(spec.At);
        var target = spec.Map("targetRef")?.Text("name") ?? manifest.Name;
        Analysis(plan, analysis, new FlaggerTerms(manifest, service, provider, metricsServer)
        {
            Target = target,
            Ingress = spec.Map("ingressRef")?.Text("name") ?? target,
            Route = spec.Map("routeRef")?.Text("name") ?? target,
        });
        if (!AsksItself(analysis))
        {
            spec.Elsewhere("metricsServer");
        }

        spec.Close();
        return (plan, $"{service}-primary", $"{service}-canary");
    }

    private static void Analysis(NativeMap plan, Fields analysis, FlaggerTerms terms)
    {
        var interval = Interval(analysis);
        var threshold = analysis.Whole("threshold") is { } given and > 0 ? Math.Min(given, ChecksReader.MostRuns) : 1;
        analysis.Elsewhere("primaryReadyThreshold", "canaryReadyThreshold");
        plan.Set("steps", FlaggerLadder.Steps(analysis, interval, terms));
        if (FlaggerMatch.Segment(analysis, terms) is { } segment)
        {
            plan.Set("segment", segment);
        }

        var counts = FlaggerMetrics.Set(plan, analysis, terms with { Interval = interval, Threshold = threshold });
        // Flagger's own tolerance of failed checks, on the judge's dial.
        plan.Set("sensitivity", threshold switch { <= 2 => "high", <= 5 => "balanced", _ => "low" }, analysis.Find("threshold") ?? analysis.At);
        plan.Set("rollback", new NativeMap(analysis.At)
            .Set("authority", [NativeMap.Scalar("operator", analysis.At)])
            .Set("deadline", "5m").Node);
        analysis.Problems.Note("Flagger names no authority and no deadline: they are operator and 5m.");
        FlaggerWebhooks.Set(plan, analysis, interval);
        if (counts
            || plan.Node.Entries.TryGetValue("hooks", out var hooks)
                && ((PlanList)hooks.Value).Items.Any(hook => ((PlanMap)hook).Entries.ContainsKey("onFailure")))
        {
            plan.Set("failedChecks", threshold.ToString(CultureInfo.InvariantCulture), analysis.Find("threshold"));
            var rollsBack = threshold == 1 ? "the first failed check rolls back" : $"{threshold} failed checks in all roll back";
            analysis.Problems.Note(
                $"Flagger's own count is kept: one check per {Durations.Format(interval)}. No data counts as a failed check, " +
                $"and so does a no of a rollout or pre-rollout webhook; {rollsBack}. The judge may be earlier. " +
                "A provider or webhook that cannot be reached is no failed check: the step holds, and a notification says so.");
        }

        FlaggerAlerts.Set(plan, analysis, terms);
        analysis.Without(
            "sessionAffinity",
            "Flagger's affinity cookie is one value for everybody: it tells who was on the canary, not who somebody is.",
            "It is left out; name a key of the user's own with sticky: { by: cookie:session }.");
        analysis.Close();
    }

    /// <summary>A query within the Canary is for its metricsServer; what Flagger has built in is seen here.</summary>
    private static bool AsksItself(Fields analysis) => analysis.At.Entries.TryGetValue("metrics", out var metrics)
        && metrics.Value is PlanList list
        && list.Items.Any(item => item is PlanMap metric && metric.Entries.ContainsKey("query"));

    private static TimeSpan Interval(Fields analysis)
    {
        if (analysis.Value("interval", ManifestNumbers.Duration) is not { } given)
        {
            return DefaultInterval;
        }

        if (given.Value >= ShortestInterval)
        {
            return given.Value;
        }

        analysis.Problems.Note(
            $"The interval of {Durations.Format(given.Value)} is {Durations.Format(ShortestInterval)}, as Flagger takes none that is shorter.");
        return ShortestInterval;
    }

    /// <summary>The name that Flagger gives its generated Services.</summary>
    private static string? Service(Fields spec)
    {
        var service = spec.Map("service");
        var target = spec.Map("targetRef")?.Text("name");
        if (service is null)
        {
            return target;
        }

        foreach (var key in service.At.Entries.Keys.Where(key => key is not "name"))
        {
            service.Elsewhere(key);
        }

        return service.Text("name") is { Length: > 0 } name ? name : target;
    }
}

/// <summary>What the metrics and webhooks of a Canary refer to.</summary>
/// <param name="Service">Name of the generated Services.</param>
/// <param name="Provider">Of the mesh or ingress; null for the controller's default.</param>
/// <param name="MetricsServer">Prometheus of the built-in metrics and of inline queries.</param>
internal sealed record FlaggerTerms(Manifest Canary, string Service, string? Provider, PlanScalar? MetricsServer)
{
    /// <summary>Name of the workload.</summary>
    public string Target { get; init; } = "";

    /// <summary>The workload's name without an ingressRef, as with Flagger.</summary>
    public string Ingress { get; init; } = "";

    /// <summary>The workload's name without a routeRef, as with Flagger.</summary>
    public string Route { get; init; } = "";

    public TimeSpan Interval { get; init; }

    /// <summary>Failed checks in total that roll back.</summary>
    public int Threshold { get; init; }

    /// <summary>How far back a built-in metric looks.</summary>
    public TimeSpan Window { get; init; }

    /// <summary>Flagger's rate over a shorter time than its interval does not see all; here it always does.</summary>
    public NativeMap Windowed(NativeMap check) => Window > Interval ? Rule(check).Set("window", Durations.Format(Window)) : Rule(check);

    /// <summary>How Flagger asks and counts.</summary>
    public NativeMap Rule(NativeMap check) => check.Set("interval", Durations.Format(Interval)).Set("rule", "shared").Set("onNoData", "fail");
}
