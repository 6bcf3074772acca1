using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Hosting;

/// <summary>Checks what a plan names of YARP's section: its clusters, and the routes of the stable one.</summary>
internal static class PlanTargets
{
    /// <summary>A sentence for each that is not configured at the moment.</summary>
    public static IEnumerable<string> Missing(IReadOnlyList<RolloutPlan> plans, Settings settings, IConfiguration configuration) =>
        [.. Clusters(plans, settings, configuration), .. Routes(plans, settings, configuration)];

    private static IEnumerable<string> Clusters(IEnumerable<RolloutPlan> plans, Settings settings, IConfiguration configuration)
    {
        var known = configuration.GetSection("ReverseProxy:Clusters").GetChildren().Select(cluster => cluster.Key)
            .Concat(Sidecar.Clusters(settings).Select(cluster => cluster.ClusterId))
            // If --stable is missing, that is what is told.
            .Concat(settings.IsSidecar ? [Sidecar.Stable] : [])
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return
            from plan in plans
            from arm in new[] { ("stable", plan.Stable), ("canary", plan.Canary) }[..(plan.IsFlagFirst ? 1 : 2)]
            where !known.Contains(arm.Item2)
            select $"Rollout '{plan.Name}' {arm.Item1}: there is no cluster '{arm.Item2}'. " +
                $"Configured are: {DeadEnds.List(known)}. Add it under ReverseProxy:Clusters.";
    }

    private static IEnumerable<string> Routes(IEnumerable<RolloutPlan> plans, Settings settings, IConfiguration configuration)
    {
        var routes = configuration.GetSection("ReverseProxy:Routes").GetChildren().Select(route => (Name: route.Key, Cluster: route["ClusterId"]))
            .Concat(settings.IsSidecar ? Sidecar.Routes.Select(route => (Name: route.RouteId, Cluster: route.ClusterId)) : [])
            .ToLookup(route => route.Cluster, route => route.Name, StringComparer.OrdinalIgnoreCase);
        return
            from plan in plans
            from name in plan.Routes
            where !routes[plan.Stable].Contains(name, StringComparer.OrdinalIgnoreCase)
            select $"Rollout '{plan.Name}' routes: cluster '{plan.Stable}' has no route '{name}'. " +
                $"Its routes are: {DeadEnds.List(routes[plan.Stable])}. Name one of them, or leave routes out for all.";
    }
}
