using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Snapback.Proxy.Tests.Observing;

/// <summary>A small real service; says its name unless told otherwise.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app, string name)
    {
        _app = app;
        Handle = context => context.Response.WriteAsync(name);
    }

    public RequestDelegate Handle { get; set; }

    /// <summary>The numbers of the canary picks that came, in order; empty where there was none.</summary>
    public ConcurrentQueue<string> Sequences { get; } = new();

    public string Url => _app.Urls.Single();

    public static async Task<Upstream> StartAsync(string name, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0")
            .ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));
        var upstream = new Upstream(builder.Build(), name);
        upstream._app.UseWebSockets();
        upstream._app.Run(context =>
        {
            upstream.Sequences.Enqueue(context.Request.Headers["x-snapback-seq"].ToString());
            return upstream.Handle(context);
        });
        await upstream._app.StartAsync();
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
