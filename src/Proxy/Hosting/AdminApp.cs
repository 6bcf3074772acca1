using Microsoft.AspNetCore.Diagnostics;
using Prometheus;
using Serilog;
using Snapback.Control.Admin;
using Snapback.Control.Dashboard;
using Snapback.Control.Flags;
using Snapback.Control;
using Snapback.Proxy.Drills;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Hosting;

/// <summary>The admin side: API, live page, metrics and health, on a listener of its own.</summary>
internal static class AdminApp
{
    /// <summary>In bytes: far more than any plan, the longest body that is sent here.</summary>
    private const long MaxBody = 1024 * 1024;

    /// <summary>Load balancers often ask by HEAD.</summary>
    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    public static WebApplication Build(
        Settings settings,
        IConfiguration configuration,
        ControlPlane plane,
        RenewedCertificates certificates,
        RenewedTokens tokens,
        OwnShortage shortage,
        Func<bool> draining,
        Serilog.ILogger logger)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSerilog(logger);
        LimitedTransport.Use(builder.Services, shortage, static shares => shares.BeyondOperators);
        builder.Services.AddRouting().AddProblemDetails();
        builder.WebHost.UseUrls(settings.AdminUrls).UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            KestrelSection.OfCertificates(kestrel, configuration);
            certificates.Use(kestrel);
        });
        var app = builder.Build();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            // A body that is too long or cut off is the caller's mistake: no 500, and no line with a stack in the log.
            StatusCodeSelector = static e => e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            ExceptionHandler = static context => Explained(context).ExecuteAsync(context),
            SuppressDiagnosticsCallback = static context => context.Exception is BadHttpRequestException,
        });
        new AdminGuard(() => tokens.Admin, Addresses.AreLoopback(settings.AdminUrls)).Use(app);
        app.UseRouting();
        app.MapMethods("/healthz/live", Reads, () => "live");
        app.MapMethods("/healthz/ready", Reads, (HttpContext context) => draining()
            ? Results.Json(new { status = "draining" }, statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Json(Readiness(plane, AdminGuard.IsTrusted(context))));
        app.MapMetrics("/metrics", plane.Metrics.Registry).WithMetadata(new HttpMethodMetadata(Reads));
        app.MapFlagsApi(plane);
        new DrillApi(plane, settings).Map(app);
        app.MapDashboard(plane);
        app.MapAdminApi(
            plane,
            Sidecar.Arms(settings),
            plan => PlanTargets.Missing([plan], settings, configuration),
            plan => PlanNeeds.Unmet(plan, configuration));
        return app;
    }

    /// <summary>Probes need the first word only, and which services there are is not everybody's to know.</summary>
    private static object Readiness(ControlPlane plane, bool isTrusted)
    {
        var status = plane.Store.IsUp ? "ready" : "degraded";
        return isTrusted
            ? new { status, phases = plane.Board.All.ToDictionary(live => live.Name, live => live.Status.Phase.ToString()) }
            : new { status };
    }

    /// <summary>The server's refusals as a problem with a sentence. As a result: the framework's own writer has nothing for who accepts no JSON.</summary>
    private static IResult Explained(HttpContext context) => Results.Problem(
        context.Features.Get<IExceptionHandlerFeature>()?.Error is not BadHttpRequestException refused ? null
            : refused.StatusCode == StatusCodes.Status413PayloadTooLarge ? $"The body is longer than {MaxBody} bytes: no plan and no command is."
            : refused.Message,
        statusCode: context.Response.StatusCode);
}
