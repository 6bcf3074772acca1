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
        // After every configured route, before the answer that there is none.
        new RouteConfig
        {
            RouteId = "snapback-sidecar",
            ClusterId = Stable,
            Order = int.MaxValue - 1,
            Match = new RouteMatch { Path = "/{**any}" },
            // Both arms get the same Host, the client's: by default each would get its own address.
            Transforms = [new Dictionary<string, string> { ["RequestHeaderOriginalHost"] = "true" }],
        },
    ];

    public static IReadOnlyList<ClusterConfig> Clusters(Settings settings) =>
        [Cluster(Stable, settings.Stable), Cluster(Canary, settings.Canary)];

    private static ClusterConfig Cluster(string id, IEnumerable<string> urls) => new()
    {
        ClusterId = id,
        Destinations = urls.Select((url, i) => (url, i)).ToDictionary(pair => $"{id}-{pair.i + 1}", pair => new DestinationConfig { Address = pair.url }),
    };
}
