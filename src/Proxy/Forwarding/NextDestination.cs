using System.Runtime.CompilerServices;
using Snapback.Proxy.Observing;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// A destination that takes no connection has had nothing of the request: another one of the cluster gets it, and this one rests for a while.
/// In front of load balancing, which chooses among those that are left.
/// </summary>
internal sealed class NextDestination(RequestDelegate next, Serilog.ILogger logger, TimeProvider time)
{
    /// <summary>nginx's <c>fail_timeout</c>.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    /// <summary>Each may take as long as a connection attempt, and the user waits for all of them.</summary>
    private const int MaxTries = 3;

    private readonly ConditionalWeakTable<DestinationState, Resting> _resting = new();
    private volatile bool _hasRested;

    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.Features.Find<IReverseProxyFeature>()!;
        return proxy.AvailableDestinations.Count > 1 ? SendAsync(context, proxy) : next(context);
    }

    private async Task SendAsync(HttpContext context, IReverseProxyFeature proxy)
    {
        var untried = proxy.AvailableDestinations;
        for (var tries = 1; ; tries++)
        {
            proxy.AvailableDestinations = _hasRested ? Awake(untried) : untried;
            await next(context);
            if (proxy.ProxiedDestination is not { } tried)
            {
                return;
            }

            var error = context.Features.Get<IForwarderErrorFeature>();
            if (error is null)
            {
                WakeUp(tried, proxy);
                return;
            }

            if (!HasTakenNothing(context, error))
            {
                return;
            }

            LayToRest(tried, proxy, error.Exception!);
            untried = Without(tried, untried);
            if (tries == MaxTries || untried.Count == 0 || IsRolledBack(context))
            {
                return;
            }

            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
        }
    }

    private static bool HasTakenNothing(HttpContext context, IForwarderErrorFeature error) =>
        Unsent.Is(error)
        && !OwnShortage.Is(error.Exception)
        && !context.Response.HasStarted
        && !context.RequestAborted.IsCancellationRequested;

    /// <summary>It was picked before the rollback and reached nobody, so nobody of the canary gets it any more; stable may, by the shield.</summary>
    private static bool IsRolledBack(HttpContext context) =>
        ProxiedRequest.Of(context) is { IsForRolledBackCanary: true };

    private static List<DestinationState> Without(DestinationState tried, IReadOnlyList<DestinationState> destinations) =>
        [.. destinations.Where(one => one != tried)];

    /// <summary>Those that do not rest, or all if all do; the one alone whose rest is over, so that somebody tries it.</summary>
    private IReadOnlyList<DestinationState> Awake(IReadOnlyList<DestinationState> destinations)
    {
        var now = time.GetElapsedTime(0);
        List<DestinationState>? awake = null;
        for (var i = 0; i < destinations.Count; i++)
        {
            var one = destinations[i];
            if (!_resting.TryGetValue(one, out var rest))
            {
                awake?.Add(one);
            }
            else if (rest.IsOver(now))
            {
                return [one];
            }
            else
            {
                awake ??= [.. destinations.Take(i)];
            }
        }

        return awake is null or [] ? destinations : awake;
    }

    private void LayToRest(DestinationState destination, IReverseProxyFeature proxy, Exception why)
    {
        var now = time.GetElapsedTime(0);
        var resting = new Resting(now);
        _hasRested = true;
        if (_resting.TryAdd(destination, resting))
        {
            logger.Warning(
                "Destination {Destination} of cluster {Cluster} takes no connection; others get its requests, and it is tried again every {Seconds} s: {Why}",
                destination.DestinationId,
                proxy.Cluster.Config.ClusterId,
                Rest.TotalSeconds,
                why is OperationCanceledException ? $"no answer within {ArmConnector.Timeout.TotalSeconds} s" : why.Message);
        }
        else if (_resting.TryGetValue(destination, out var before))
        {
            before.Begin(now);
        }
    }

    private void WakeUp(DestinationState destination, IReverseProxyFeature proxy)
    {
        if (_hasRested && _resting.TryGetValue(destination, out _) && _resting.Remove(destination))
        {
            logger.Information(
                "Destination {Destination} of cluster {Cluster} takes connections again.", destination.DestinationId, proxy.Cluster.Config.ClusterId);
        }
    }

    private sealed class Resting(TimeSpan now)
    {
        private long _until = (now + Rest).Ticks;

        public void Begin(TimeSpan now) => Volatile.Write(ref _until, (now + Rest).Ticks);

        /// <returns>True once for each rest, so that one request tries and not all.</returns>
        public bool IsOver(TimeSpan now)
        {
            var until = Volatile.Read(ref _until);
            return now.Ticks >= until && Interlocked.CompareExchange(ref _until, (now + Rest).Ticks, until) == until;
        }
    }
}
