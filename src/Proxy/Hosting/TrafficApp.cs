using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Serilog;
using Snapback.Control;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Forwarding.Lean;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The traffic side: YARP with the rollout in front of it. A web application of its own, so that no Host header and no route
/// can reach the admin side from here.
/// </summary>
internal static class TrafficApp
{
    public static WebApplication Build(
        Settings settings, IConfiguration configuration, ControlPlane plane, RenewedCertificates certificates, Serilog.ILogger logger)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSerilog(logger);
        InlineSockets.Use(builder.Services);
        var shortage = new OwnShortage(logger, plane.Time);
        LimitedTransport.Use(builder.Services, shortage, static shares => shares.BeyondClients);
        var endpoints = KestrelSection.Endpoints(configuration);
        var passed = endpoints.Count > 0 ? [] : Addresses.Passed(settings.Urls);
        string[] urls = endpoints.Count > 0 || passed.Count > 0 ? [] : [settings.Urls];
        builder.WebHost.UseUrls(urls).UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = null;
            KestrelSection.OfTraffic(kestrel, configuration);
            certificates.Use(kestrel);
            foreach (var socket in passed)
            {
                PassedSockets.Listen(kestrel, socket);
            }
        });
        // The keys of affinity cookies, kept beside the store so that the cookies outlive a restart.
        builder.Services.AddDataProtection()
            .SetApplicationName("snapback")
            .PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(settings.DataDirectory, "keys")));
        var connector = new ArmConnector(HostAddresses.OfThisMachine(logger));
        builder.Services.AddSingleton<IForwarderHttpClientFactory>(new UpstreamClients(connector, settings.Forwarding.ConnectionAge));
        builder.Services.AddSingleton(plane.Board)
            .AddSingleton(plane.Switches)
            .AddSingleton(plane.Keys)
            .AddSingleton(plane.UserFlags)
            .AddSingleton(plane.Time)
            .AddSingleton(shortage)
            .AddSingleton<Drain>()
            .AddSingleton<ArmRoutes>().AddSingleton<IClusterChangeListener, ClusterWatch>();
        var changes = ReverseProxySection.Changing(settings, configuration, logger);
        ReverseProxySection.Add(builder, settings, configuration, changes);
        if (settings.Forwarding.Lean)
        {
            LeanForwarder.Use(builder.Services, connector, settings.Forwarding.ConnectionAge);
        }

        AffinityKeys.Use(builder.Services);
        var app = builder.Build();
        app.Lifetime.ApplicationStopped.Register(changes.Dispose);
        app.UseMiddleware<RequestGuard>(settings.Forwarding);
        if (!settings.Forwarding.TrustedProxies.IsEmpty)
        {
            UseTrustedProxies(app, settings.Forwarding);
        }

        app.UseMiddleware<OverrideGuard>(settings.OverrideCallers);
        app.UseRouting();
        Identity.Use(app, configuration);
        app.Use(
            static (context, next) => context.Features.Find<IEndpointFeature>()?.Endpoint is RouteEndpoint
                ? next(context)
                : NoRoute().ExecuteAsync(context));
        app.UseWhen(HasTimeout, static timed => timed.UseRequestTimeouts());
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<RolloutMiddleware>();
            proxy.UseSessionAffinity();
            proxy.UseMiddleware<NextDestination>(logger);
            proxy.UseLoadBalancing();
            new ConditionalPipeline(proxy, HasPassiveHealthChecks).UsePassiveHealthChecks();
        });
        return app;
    }

    private static bool HasTimeout(HttpContext context) =>
        context.Features.Find<IEndpointFeature>()?.Endpoint?.Metadata.GetMetadata<RouteModel>()?.Config is not { Timeout: null, TimeoutPolicy: null };

    private static bool HasPassiveHealthChecks(HttpContext context) =>
        context.Features.Find<IReverseProxyFeature>()!.Cluster.Config.HealthCheck?.Passive?.Enabled == true;

    /// <summary>Takes the client's address, scheme and host from trusted proxies: for sticky arms, the arms' logs, and the count of users.</summary>
    private static void UseTrustedProxies(WebApplication app, ForwardingSettings settings)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            // Reads X-Forwarded-For back to the first address that is not trusted, however long the chain.
            ForwardLimit = null,
        };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var network in settings.TrustedProxies)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }

    /// <summary>Not a catch-all route, which would be a second candidate for every request. The router's own 405 is replaced by it too.</summary>
    private static IResult NoRoute() => Results.Problem(
        "No route matches. Give upstreams with --stable URL --canary URL, or routes and clusters in the ReverseProxy section of appsettings.json.",
        statusCode: StatusCodes.Status404NotFound, title: "No route");
}
