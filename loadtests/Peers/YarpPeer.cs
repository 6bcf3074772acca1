using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Hosting;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.LoadTests.Peers;

/// <summary>
/// YARP and nothing else, in a process of its own: this executable again. As the template of its documents makes it, with the
/// loggers at Warning so that it writes no line per request; or with the settings that Snapback comes with.
/// </summary>
internal static class YarpPeer
{
    private const string Verb = "yarp";

    public static Task<Peer> TemplateAsync(Workshop workshop, Uri stable, Uri canary) =>
        StartAsync(workshop, Peer.YarpTemplate, "template", stable, canary, 0, ("DOTNET_gcServer", "1"));

    /// <param name="routes">So many, /r0/ and on, each with a cluster of its own; 0: one for everything.</param>
    public static Task<Peer> SameAsync(Workshop workshop, Uri stable, Uri canary, int routes = 0) =>
        SameAsync(workshop, Peer.YarpSame, "same", stable, canary, routes);

    /// <summary>With the transform of Snapback's own route too: to pass the client's Host on costs more than to write another.</summary>
    public static Task<Peer> KeepsHostAsync(Workshop workshop, Uri stable, Uri canary) => SameAsync(workshop, Peer.YarpHost, "host", stable, canary, 0);

    /// <summary>True if this process was asked to be such a peer; it is one until it is killed.</summary>
    public static async Task<bool> RunAsync(string[] args)
    {
        if (args is not [Verb, var kind, var http1, var http2, var stable, var canary, var count, .. var tls])
        {
            return false;
        }

        var builder = kind == "template" ? Template() : Same();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPEndPoint.Parse(http1), listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(System.Net.IPEndPoint.Parse(http2), listen => listen.Protocols = HttpProtocols.Http2);
            if (tls is [var https, var certificate, var key])
            {
                kestrel.Listen(System.Net.IPEndPoint.Parse(https), listen => listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key)));
            }
        });
        string[] prefixes = count == "0" ? [""] : [.. Enumerable.Range(0, int.Parse(count, CultureInfo.InvariantCulture)).Select(i => $"/r{i}")];
        builder.Services.AddReverseProxy().LoadFromMemory(
            [
                .. prefixes.Select(prefix => new RouteConfig
                {
                    RouteId = $"all{prefix}",
                    ClusterId = $"arms{prefix}",
                    Match = new RouteMatch { Path = $"{prefix}/{{**any}}" },
                    Transforms = kind == "host" ? [new Dictionary<string, string> { ["RequestHeaderOriginalHost"] = "true" }] : null,
                }),
            ],
            [
                .. prefixes.Select(prefix => new ClusterConfig
                {
                    ClusterId = $"arms{prefix}",
                    Destinations = new Dictionary<string, DestinationConfig>
                    {
                        ["stable"] = new() { Address = stable },
                        ["canary"] = new() { Address = canary },
                    },
                }),
            ]);
        var app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync();
        return true;
    }

    private static WebApplicationBuilder Template()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning);
        return builder;
    }

    private static WebApplicationBuilder Same()
    {
        InlineSockets.Prefer();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        InlineSockets.Use(builder.Services);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddSingleton<IForwarderHttpClientFactory>(
            new UpstreamClients(new ArmConnector(HostAddresses.OfThisMachine(Serilog.Core.Logger.None)), ForwardingSettings.Default.ConnectionAge));
        return builder;
    }

    private static Task<Peer> SameAsync(Workshop workshop, string name, string kind, Uri stable, Uri canary, int routes) =>
        StartAsync(workshop, name, kind, stable, canary, routes, ProductRuntime.Settings);

    private static async Task<Peer> StartAsync(
        Workshop workshop, string name, string kind, Uri stable, Uri canary, int routes, params (string, string)[] environment)
    {
        var (http1, http2, https) = (Loopback.Free(), Loopback.Free(), Loopback.FreeHttps(workshop));
        string[] tls = https is null ? [] : [https.Authority, workshop.Tls!.Certificate, workshop.Tls.Key];
        string[] arguments = [Verb, kind, http1.Authority, http2.Authority, stable.Text(), canary.Text(), $"{routes}", .. tls];
        var process = workshop.Own(Child.Start(Child.ProxyCore, Environment.ProcessPath!, arguments, environment));
        await process.AnswersAsync(new Uri(http1, routes == 0 ? "/" : "/r0/"));
        return new Peer(name, http1, http2, process) { Https = https };
    }
}
