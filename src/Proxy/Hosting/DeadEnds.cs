namespace Snapback.Proxy.Hosting;

/// <summary>Mistakes in routes that YARP accepts although no request could be answered: users would be the first to notice, by a 500, 502 or 503.</summary>
internal static class DeadEnds
{
    public static IEnumerable<string> Of(Settings settings, IConfiguration configuration)
    {
        var routes = configuration.GetSection("ReverseProxy:Routes")
            .GetChildren()
            .Select(route => new RouteEntry(route.Key, route["ClusterId"], Conditions(route)))
            .ToList();
        var clusters = configuration.GetSection("ReverseProxy:Clusters").GetChildren().Select(cluster => cluster.Key);
        return
        [
            .. Nowhere(routes, [.. clusters, .. Sidecar.Clusters(settings).Select(cluster => cluster.ClusterId)]),
            .. Ambiguous(routes),
            .. Unserved(configuration),
        ];
    }

    /// <summary>Other names of policies YARP itself does not find.</summary>
    private static IEnumerable<string> Unserved(IConfiguration configuration)
    {
        foreach (var route in configuration.GetSection("ReverseProxy:Routes").GetChildren())
        {
            if (Is(route["AuthorizationPolicy"], "default") && !Identity.IsConfigured(configuration))
            {
                yield return $"{route.Path}:AuthorizationPolicy is 'default', which lets in whoever has a valid token, and none is accepted here. " +
                    $"Say which are, under {Identity.Section}, or leave the policy out.";
            }

            if (route["CorsPolicy"] is { } cors && (Is(cors, "default") || Is(cors, "disable")))
            {
                yield return $"{route.Path}:CorsPolicy is '{cors}', and this proxy has no rules for CORS. Leave it out: the arms' own headers pass.";
            }
        }

        static bool Is(string? policy, string name) => string.Equals(policy, name, StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> Nowhere(IEnumerable<RouteEntry> routes, IReadOnlyList<string> clusters)
    {
        var known = clusters.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return
            from route in routes
            where route.Cluster is not null && !known.Contains(route.Cluster)
            select $"ReverseProxy:Routes:{route.Name}:ClusterId: there is no cluster '{route.Cluster}'. " +
                $"Configured are: {List(clusters)}. Name one of them, or add it under ReverseProxy:Clusters.";
    }

    private static IEnumerable<string> Ambiguous(IEnumerable<RouteEntry> routes) =>
        from route in routes
        where route.Conditions.Length > 0
        group route.Name by route.Conditions into same
        where same.Count() > 1
        select $"ReverseProxy:Routes: {List(same.Select(name => $"'{name}'"))} match the same requests, " +
            "and none of them would be answered. Tell them apart by their Match, or give one an Order.";

    private static string Conditions(IConfigurationSection route)
    {
        var match = route.GetSection("Match")
            .AsEnumerable(makePathsRelative: true)
            .Where(pair => !string.IsNullOrEmpty(pair.Value))
            .Select(pair => $"{pair.Key}={pair.Value}")
            .ToList();
        if (match.Count == 0)
        {
            return "";
        }

        var conditions = string.Join('\n', match.Append($"Order={route["Order"] ?? "0"}").Order(StringComparer.OrdinalIgnoreCase));
        // If any of its conditions is case-sensitive, all are compared so: better to miss an ambiguity than to refuse valid routes.
        return route.GetSection("Match")
            .AsEnumerable()
            .Any(pair => pair.Key.EndsWith(":IsCaseSensitive", StringComparison.OrdinalIgnoreCase) && bool.TryParse(pair.Value, out var counts) && counts)
            ? conditions
            : conditions.ToUpperInvariant();
    }

    internal static string List(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    private sealed record RouteEntry(string Name, string? Cluster, string Conditions);
}
