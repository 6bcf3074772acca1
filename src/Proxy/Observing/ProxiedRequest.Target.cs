using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Observing;

/// <summary>
/// Where it goes, in YARP's own words: all of YARP that asks for a request's route, cluster and destinations hears the arm's. Of a
/// request without a target they are not to be asked; the route's own feature stays in place then.
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

    /// <summary>Null for a request that goes to no arm.</summary>
    public static ProxiedRequest? Of(HttpContext context) => context.Features[typeof(IReverseProxyFeature)] as ProxiedRequest;

    /// <summary>From here on the request is one of this arm's.</summary>
    private void Aim(ArmTarget target)
    {
        var destinations = target.Cluster.DestinationsState;
        (Route, Cluster) = (target.Route, target.Cluster.Model);
        (AllDestinations, AvailableDestinations) = (destinations.AllDestinations, destinations.AvailableDestinations);
        // YARP's own way to say so looks for the feature by the slow way.
        _context.Features[typeof(IReverseProxyFeature)] = this;
    }
}
