using Snapback.Control.Plans;
using Yarp.ReverseProxy.Configuration;

namespace Snapback.Proxy.Hosting;

/// <summary>The form without a configuration file: two clusters from the command line, and a route that catches everything.</summary>
internal static class Sidecar
{
    public const string Stable = "stable";
    public const string Canary = "canary";
    public const string Rollout = "default";

    public static IReadOnlyList<RouteConfig> Routes { get; } =
    [
        // Tried after every configured route.
        new RouteConfig
        {
            RouteId = "snapback-sidecar",
            ClusterId = Stable,
            Order = int.MaxValue - 1,
            Match = new RouteMatch { Path = "/{**any}" },
            // Both arms get the client's Host: by default each would get its own address, and the two requests would differ.
            Transforms = [new Dictionary<string, string> { ["RequestHeaderOriginalHost"] = "true" }],
        },
    ];

    /// <summary>The clusters of plans that name none.</summary>
    public static PlanDefaults Arms(Settings settings) =>
        settings.IsSidecar ? new PlanDefaults(null, Stable, settings.Canary.IsEmpty ? null : Canary) : new PlanDefaults();

    /// <summary>Empty outside of the sidecar form; without a canary where a flag tells the arms apart.</summary>
    public static IReadOnlyList<ClusterConfig> Clusters(Settings settings) =>
        [.. new[] { (Id: Stable, Urls: settings.Stable), (Id: Canary, Urls: settings.Canary) }
            .Where(arm => !arm.Urls.IsEmpty)
            .Select(arm => Cluster(arm.Id, arm.Urls))];

    private static ClusterConfig Cluster(string id, IEnumerable<string> urls) => new()
    {
        ClusterId = id,
        Destinations = urls.Select((url, i) => (url, i)).ToDictionary(
            pair => $"{id}-{pair.i + 1}", pair => new DestinationConfig { Address = pair.url }),
    };
}
