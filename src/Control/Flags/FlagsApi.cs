using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Snapback.Control.Flags;

/// <summary>Flags for applications: evaluated here by OFREP, or as definitions to evaluate there. Nothing here changes anything.</summary>
public static class FlagsApi
{
    public static void MapFlagsApi(this IEndpointRouteBuilder app, ControlPlane plane)
    {
        var flags = plane.Flags;
        var ofrep = new Ofrep(flags, plane.FlagEvaluator);
        var stream = new FlagStream(flags, plane.Time);
        app.MapPost("/ofrep/v1/evaluate/flags/{key}", ofrep.OneAsync);
        app.MapPost("/ofrep/v1/evaluate/flags", (Delegate)ofrep.AllAsync);
        app.MapGet(Ofrep.StreamPath, stream.WriteAsync);
        app.MapGet("/api/flags", (Delegate)((HttpContext context) => Ofrep.WithTag(context, FlagDefinitions.Of(flags.All))));
    }
}
