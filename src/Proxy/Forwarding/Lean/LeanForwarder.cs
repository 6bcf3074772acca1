using System.Collections.Concurrent;
using Snapback.Proxy.Observing;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>
/// Copies plain requests to plain HTTP/1.1 upstreams directly between the two connections, without HttpRequestMessage and
/// HttpResponseMessage in between. All other requests are left to YARP's forwarder.
/// </summary>
internal sealed class LeanForwarder : IHttpForwarder, IDisposable
{
    /// <summary>How often time-outs are looked for, and so how exact they are.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>YARP's default.</summary>
    private static readonly TimeSpan ActivityTimeout = TimeSpan.FromSeconds(100);

    private readonly IHttpForwarder _yarp;
    private readonly ArmConnector _connector;
    private readonly TimeSpan _connectionAge;
    private readonly ConcurrentDictionary<string, LeanPool> _pools = new(StringComparer.OrdinalIgnoreCase);
    private readonly ITimer _sweep;

    public LeanForwarder(IHttpForwarder yarp, ArmConnector connector, TimeSpan connectionAge, TimeProvider time)
    {
        _yarp = yarp;
        _connector = connector;
        _connectionAge = connectionAge;
        _sweep = time.CreateTimer(static forwarder => ((LeanForwarder)forwarder!).Sweep(), this, SweepInterval, SweepInterval);
    }

    /// <summary>Registers it in place of YARP's forwarder, which it falls back to.</summary>
    /// <param name="connectionAge">How old a connection gets; infinite for no limit.</param>
    public static void Use(IServiceCollection services, ArmConnector connector, TimeSpan connectionAge)
    {
        var yarp = services.Last(service => service.ServiceType == typeof(IHttpForwarder)).ImplementationType!;
        services.AddSingleton<IHttpForwarder>(provider =>
            new LeanForwarder(
                (IHttpForwarder)ActivatorUtilities.CreateInstance(provider, yarp), connector, connectionAge, provider.GetRequiredService<TimeProvider>()));
    }

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context,
        string destinationPrefix,
        HttpMessageInvoker httpClient,
        ForwarderRequestConfig requestConfig,
        HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig,
        HttpTransformer transformer, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled && LeanRules.Takes(context, destinationPrefix, requestConfig, out var keepsHost))
        {
            var arm = transformer is ArmTransformer ? ProxiedRequest.Of(context) : null;
            if (arm is { Hedge: not null } or { Witness: not null } or { Pick.IsCopy: true })
            {
                // A race, a comparison and a copy work on the messages that YARP makes.
                return _yarp.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
            }

            var pool = PoolOf(destinationPrefix);
            var rested = pool.Take();
            var request = rested?.Request ?? new RequestWriter();
            var host = keepsHost ? pool.Authority : HostOf(context) ?? pool.Authority;
            if (request.TryWrite(context, host, keepsHost, arm, (transformer as ArmTransformer)?.Flag))
            {
                return LeanExchange.RunAsync(context, pool, rested, request, arm, requestConfig.ActivityTimeout ?? ActivityTimeout);
            }

            if (rested is not null)
            {
                pool.PutBack(rested);
            }
        }

        return _yarp.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
    }

    public void Dispose()
    {
        _sweep.Dispose();
        foreach (var pool in _pools.Values)
        {
            pool.CloseAll();
        }
    }

    /// <summary>The destination's own Host; null without one.</summary>
    private static string? HostOf(HttpContext context) =>
        context.Features.Find<IReverseProxyFeature>()!.ProxiedDestination?.Model.Config.Host is { Length: > 0 } host ? host : null;

    private LeanPool PoolOf(string destination) =>
        _pools.TryGetValue(destination, out var pool) ? pool : _pools.GetOrAdd(destination, address => new LeanPool(address, _connector, _connectionAge));

    private void Sweep()
    {
        var now = Environment.TickCount64;
        foreach (var (_, pool) in _pools)
        {
            pool.Sweep(now);
        }
    }
}
