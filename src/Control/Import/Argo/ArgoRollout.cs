using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Argo;

/// <summary>A Rollout of argoproj.io/v1alpha1 in native keys.</summary>
internal static class ArgoRollout
{
    private static readonly TimeSpan DefaultBake = TimeSpan.FromMinutes(30);

    public static (NativeMap? Plan, string Stable, string Canary) Translate(Manifest manifest, ManifestFile file)
    {
        var root = new Fields(manifest.Root, file);
        root.Find("apiVersion");
        root.Find("kind");
        Subscriptions(root);
        root.Find("status");
        var spec = root.Map("spec");
        root.Close();
        spec?.Elsewhere(
            "replicas", "selector", "template", "workloadRef", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds",
            "progressDeadlineAbort", "rollbackWindow", "restartAt", "paused", "analysis");
        var strategy = spec?.Map("strategy");
        var canary = strategy?.Map("canary");
        var blueGreen = strategy?.Map("blueGreen");
        strategy?.Close();
        spec?.Close();
        if (canary is not null && blueGreen is not null)
        {
            file.Problems.Add(
                blueGreen.At,
                "The Rollout has both a canary and a blueGreen strategy, which Argo refuses.",
                "Keep the one that is meant.");
        }

        var plan = new NativeMap(canary?.At ?? blueGreen?.At ?? manifest.Root);
        var arms = canary is not null ? Canary(plan, canary, manifest) : blueGreen is not null ? BlueGreen(plan, blueGreen, manifest) : null;
        if (arms is null)
        {
            file.Problems.Add(
                manifest.Root,
                "The Rollout has no canary steps: that is a rolling update, which shifts no traffic and measures nothing.",
                "Add strategy.canary.steps with setWeight, or leave it to a Deployment.");
            return (null, "", "");
        }

        plan.Set("rollback", new NativeMap(manifest.Root)
            .Set("authority", [NativeMap.Scalar("operator", manifest.Root)])
            .Set("deadline", "5m").Node);
        file.Problems.Note("Argo names no authority and no deadline: they are operator and 5m.");
        return (plan, arms.Value.Stable, arms.Value.Canary);
    }

    /// <summary>Other annotations are somebody else's.</summary>
    private static void Subscriptions(Fields root)
    {
        if (root.Map("metadata")?.Map("annotations") is { } annotations)
        {
            var subscriptions = annotations.At.Entries.Keys
                .Where(key => key.StartsWith("notifications.argoproj.io/subscribe", StringComparison.Ordinal))
                .ToList();
            foreach (var key in subscriptions)
            {
                annotations.Without(
                    key,
                    "A subscription names a service of Argo's own configuration.",
                    "It is left out; write notifications, as docs/notifications.md says.");
            }
        }
    }

    /// <summary>The routes are the proxy's, but not who is sent to the canary besides.</summary>
    private static void Routing(Fields routing)
    {
        routing.Map("alb")?.Without(
            "stickinessConfig",
            "The load balancer's own cookie keeps users on an arm.",
            "It is left out; name a key of the user's own with sticky: { by: cookie:session }.");
        if (routing.Map("nginx")?.Map("additionalIngressAnnotations") is { } annotations)
        {
            foreach (var key in annotations.At.Entries.Keys.Where(key => key.StartsWith("canary-by-", StringComparison.Ordinal)).ToList())
            {
                annotations.Without(
                    key,
                    "It sends users to the canary whatever the weight.",
                    "It is left out; write segment: { always: [ { header: X-Canary, in: [ always ] } ] }.");
            }
        }
    }

    private static (string Stable, string Canary)? Canary(NativeMap plan, Fields canary, Manifest manifest)
    {
        var pingPong = canary.Map("pingPong");
        var services = (
            canary.Text("stableService") ?? pingPong?.Text("pingService") ?? $"{manifest.Name}-stable",
            canary.Text("canaryService") ?? pingPong?.Text("pongService") ?? $"{manifest.Name}-canary");
        canary.Elsewhere(
            "trafficRouting", "maxSurge", "maxUnavailable", "antiAffinity", "canaryMetadata", "stableMetadata", "pingPong", "minPodsPerReplicaSet",
            "scaleDownDelaySeconds", "scaleDownDelayRevisionLimit", "abortScaleDownDelaySeconds", "dynamicStableScale", "replicaProgressThreshold");
        if (canary.Map("trafficRouting") is { } routing)
        {
            Routing(routing);
        }

        var steps = canary.List("steps");
        if (steps.Count == 0)
        {
            return null;
        }

        var analyses = new ArgoAnalyses(canary, manifest);
        var routes = new ArgoRoutes(canary.Map("trafficRouting")?.Has("istio") ?? false);
        var ladder = ArgoLadder.Steps(steps, canary, analyses, routes);
        if (routes.Segment() is { } segment)
        {
            plan.Set("segment", segment);
        }

        analyses.Background(canary);
        plan.Set("steps", ladder);
        plan.Set("objectives", analyses.Objectives());
        canary.Close();
        return services;
    }

    /// <summary>One step with a bake. Nothing goes to the new version until somebody starts it, which is Argo's promotion.</summary>
    private static (string Stable, string Canary)? BlueGreen(NativeMap plan, Fields strategy, Manifest manifest)
    {
        var services = (strategy.Text("activeService") ?? $"{manifest.Name}-stable", strategy.Text("previewService") ?? $"{manifest.Name}-canary");
        strategy.Elsewhere(
            "previewReplicaCount", "previewMetadata", "activeMetadata", "antiAffinity", "maxUnavailable",
            "scaleDownDelayRevisionLimit", "abortScaleDownDelaySeconds");
        if (strategy.Has("autoPromotionEnabled") && !strategy.IsTrue("autoPromotionEnabled"))
        {
            strategy.Find("autoPromotionSeconds");
            strategy.Problems.Note(
                "autoPromotionEnabled: false waits for somebody to promote the preview; here nothing happens until somebody gives 'snapback start'.");
        }
        else
        {
            strategy.Without("autoPromotionSeconds", "A version starts by a command and not by a timer.", "It is left out.");
        }

        var analyses = new ArgoAnalyses(strategy, manifest);
        var (asksBefore, lasts) = analyses.BlueGreen(strategy);
        var given = strategy.Value("scaleDownDelaySeconds", ManifestNumbers.Duration)?.Value is { } delay && delay > TimeSpan.Zero
            ? delay
            : DefaultBake;
        // Argo, too, keeps the old version until the last analysis is through.
        var bake = lasts > given ? lasts : given;
        strategy.Problems.Note(
            $"Blue-green: the new version takes 100% {(asksBefore ? "when its prePromotionAnalysis is through" : "at the start")} " +
            $"and bakes for {Durations.Format(bake)}, with the rollback armed.");
        plan.Set("steps", [new NativeMap(strategy.At).Set("weight", "100%").Set("bake", Durations.Format(bake)).Node]);
        plan.Set("objectives", analyses.Objectives());
        strategy.Close();
        return services;
    }
}
