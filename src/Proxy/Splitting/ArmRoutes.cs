using System.Runtime.CompilerServices;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Control.Switches;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Shadowing;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// Which rollout a route is under, and the route as each arm sees it. YARP makes a new route model whenever a route changes,
/// so a table keyed by that object needs no other invalidation; a change of plans starts a new table.
/// </summary>
internal sealed class ArmRoutes(RolloutBoard board, IProxyStateLookup clusters, KeyRing keys, UserFlags flags, TimeProvider time)
{
    /// <summary>Outlives the tables: copies in flight are bounded per rollout, also across a change of its plan.</summary>
    private static readonly ConditionalWeakTable<LiveRollout, ShadowLane> Lanes = new();

    private volatile Table _table = new(board, (live, route) => Make(live, route, clusters, new StickyDraw(live.Plan, keys, time), flags, time));

    /// <summary>Null for a route without a rollout.</summary>
    public ArmRoute? Find(RouteModel route)
    {
        var table = _table;
        if (table.Version != board.Version)
        {
            _table = table = table.Renewed();
        }

        return table.Find(route);
    }

    private static ArmRoute Make(
        LiveRollout live, RouteModel route, IProxyStateLookup clusters, StickyDraw draw, UserFlags flags, TimeProvider time) =>
        new(
            live,
            route,
            clusters,
            draw,
            SegmentMatcher.Of(live.Plan, new SegmentFlags(draw, flags, time)),
            Lanes.GetValue(live, of => new ShadowLane(of, time)));

    private sealed class Table
    {
        private readonly ConditionalWeakTable<RouteModel, Entry> _entries = new();
        private readonly RolloutBoard _board;
        private readonly Func<LiveRollout, RouteModel, ArmRoute> _make;

        public Table(RolloutBoard board, Func<LiveRollout, RouteModel, ArmRoute> make)
        {
            // Read before any rollout is looked up: one that is added meanwhile makes this table stale again.
            Version = board.Version;
            _board = board;
            _make = make;
        }

        public int Version { get; }

        public Table Renewed() => new(_board, _make);

        public ArmRoute? Find(RouteModel route)
        {
            if (!_entries.TryGetValue(route, out var entry))
            {
                entry = _entries.GetValue(route, Make);
            }

            return entry.Route;
        }

        private Entry Make(RouteModel route)
        {
            var config = route.Config;
            var live = config.ClusterId is { } cluster
                ? _board.Under(cluster).FirstOrDefault(live => live.Plan.Covers(config.RouteId, cluster))
                : null;
            return new Entry(live is null ? null : _make(live, route));
        }
    }

    private sealed record Entry(ArmRoute? Route);
}

/// <summary>
/// A route under a rollout. Each arm has its own route model, bound to the arm's cluster: YARP reads load balancing, health,
/// affinity and telemetry from the route's cluster, so reassigning the cluster alone would book the canary's faults on stable.
/// </summary>
internal sealed class ArmRoute(
    LiveRollout live, RouteModel route, IProxyStateLookup clusters, StickyDraw draw, SegmentMatcher? segment, ShadowLane shadow)
{
    private readonly FlagHeader? _flag = FlagHeader.Of(live.Plan);

    /// <summary>Both arms are one deployment, which only the flag's answer splits: a user without a key must not be on the canary by chance.</summary>
    private readonly bool _isFlagFirst = live.Plan.IsFlagFirst;

    /// <summary>The targets of the plan's two clusters, bound when they are first asked for; a swap exchanges their roles, not these.</summary>
    private ArmTarget? _planStable;
    private ArmTarget? _planCanary;

    public LiveRollout Rollout => live;

    public ShieldTerms? Shield { get; } = live.Plan.Shield;

    /// <summary>Where the copies of its requests go in a shadow step.</summary>
    public ShadowLane Shadow => shadow;

    public bool MeasuresTotal { get; } = live.Plan.Latency == LatencyKind.Total;

    /// <summary>The arm that a tester asked for, else the one that the request's draw falls to.</summary>
    public Pick Pick(HttpContext context, ForcedArm? forced, Generation generation, RolloutSwitches switches, TimeSpan now)
    {
        if (forced?.For(live.Name) is { } chosen)
        {
            return chosen.Pick(context.Response, generation);
        }

        var number = switches.StickyArms || _isFlagFirst ? draw.Of(context, generation, out var client) : StickyDraw.Random(out client);
        return generation.Pick(number, client, now, EligibilityOf(context, generation, client));
    }

    /// <summary>Where an arm's requests go; null if no such cluster is configured (yet).</summary>
    public ArmTarget? Target(Arm arm, bool swapped) => arm == Arm.Canary ^ swapped
        ? _planCanary ??= Bind(live.Plan.Canary)
        : _planStable ??= Bind(live.Plan.Stable);

    private Eligibility EligibilityOf(HttpContext context, Generation generation, ulong client) =>
        client == 0 && _isFlagFirst ? generation.OfNobody : segment?.Of(context, live.Status.Step, client) ?? Eligibility.ByWeight;

    private ArmTarget? Bind(string clusterId) => clusters.TryGetCluster(clusterId, out var cluster)
        ? new ArmTarget(cluster, new RouteModel(route.Config, cluster, new ArmTransformer(PlainTransformer.For(route) ?? route.Transformer, _flag)))
        : null;
}

/// <summary>Where the requests of one arm go.</summary>
/// <param name="Route">The request's route, bound to this cluster.</param>
internal sealed record ArmTarget(ClusterState Cluster, RouteModel Route)
{
    /// <summary>
    /// The arm's only destination, if YARP's pipeline has nothing to decide: no load to balance, no affinity, no passive health check, no
    /// body limit on the route. Null otherwise, and the request goes through that pipeline.
    /// </summary>
    public DestinationState? Only
    {
        get
        {
            var destinations = Cluster.DestinationsState;
            var config = Cluster.Model.Config;
            return destinations is { AllDestinations.Count: 1, AvailableDestinations: [var only] }
                && Route.Config.MaxRequestBodySize is null
                && config.SessionAffinity is not { Enabled: true }
                && config.HealthCheck?.Passive is not { Enabled: true }
                ? only
                : null;
        }
    }

    /// <summary>
    /// At least one destination is not known to be unhealthy. YARP's default policy panics: it offers all of them again when
    /// none is healthy, which would send the canary's share to a canary known to be dead.
    /// </summary>
    public bool IsAvailable
    {
        get
        {
            var destinations = Cluster.DestinationsState.AvailableDestinations;
            for (var i = 0; i < destinations.Count; i++)
            {
                var health = destinations[i].Health;
                if (health.Active != DestinationHealth.Unhealthy && health.Passive != DestinationHealth.Unhealthy)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
