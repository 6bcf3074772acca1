using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Observing;

/// <summary>
/// Where it goes, as the feature of YARP: every part of YARP that asks for a request's route, cluster and destinations gets the arm's.
/// A request without a target keeps the route's own feature, and these members must not be read.
/// </summary>
internal sealed partial class ProxiedRequest : IReverseProxyFeature, IPlaced
{
    public RouteModel Route { get; private set; } = null!;

    public ClusterModel Cluster { get; private set; } = null!;

    public IReadOnlyList<DestinationState> AllDestinations { get; private set; } = [];

    public IReadOnlyList<DestinationState> AvailableDestinations { get; set; } = [];

    public DestinationState? ProxiedDestination { get; set; }

    RequestPlace IPlaced.Place
    {
        get
        {
            var proxy = _context.Features.Find<IReverseProxyFeature>()!;
            return new RequestPlace(
                proxy.Route.Config.RouteId,
                proxy.ProxiedDestination?.DestinationId ?? "none",
                ClientNetwork.Of(_context.Connection.RemoteIpAddress));
        }
    }

    /// <summary>The attempt that a context stands for; null for a request without a rollout.</summary>
    public static ProxiedRequest? Of(HttpContext context) => context.Features[typeof(IReverseProxyFeature)] as ProxiedRequest;

    /// <summary>Binds the request to the arm's route, cluster and destinations.</summary>
    private void Aim(ArmTarget target)
    {
        var destinations = target.Cluster.DestinationsState;
        (Route, Cluster) = (target.Route, target.Cluster.Model);
        (AllDestinations, AvailableDestinations) = (destinations.AllDestinations, destinations.AvailableDestinations);
        // Not by YARP's ReassignProxyRequest: it finds the feature by the generic Get, which costs more (see FeatureLookup).
        _context.Features[typeof(IReverseProxyFeature)] = this;
    }
}
