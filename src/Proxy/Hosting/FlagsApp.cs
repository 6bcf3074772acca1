using Serilog;
using Snapback.Control.Admin;
using Snapback.Control.Flags;
using Snapback.Control;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The flags side: what applications may ask, on a listener of its own, so that whoever asks for a flag needs neither the admin
/// token nor a way to the admin side.
/// </summary>
internal static class FlagsApp
{
    /// <summary>In bytes: far more than any evaluation context, the longest body that is sent here.</summary>
    private const long MaxBody = 64 * 1024;

    /// <summary>Null where no address is given for this side.</summary>
    public static WebApplication? Build(
        Settings settings,
        IConfiguration configuration,
        ControlPlane plane,
        RenewedCertificates certificates,
        RenewedTokens tokens,
        OwnShortage shortage,
        Serilog.ILogger logger)
    {
        if (settings.FlagsUrls is not { } urls)
        {
            return null;
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSerilog(logger);
        LimitedTransport.Use(builder.Services, shortage, static shares => shares.BeyondApplications);
        builder.Services.AddRouting().AddProblemDetails();
        builder.WebHost.UseUrls(urls).UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            KestrelSection.OfCertificates(kestrel, configuration);
            certificates.Use(kestrel);
        });
        var app = builder.Build();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = static e => e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
        });
        AdminGuard.OfFlags(() => tokens.Flags, Addresses.AreLoopback(urls)).Use(app);
        app.UseRouting();
        Unmatched.Use(app, "Applications ask /ofrep/v1/evaluate/flags or /api/flags.");
        app.MapFlagsApi(plane);
        return app;
    }
}
