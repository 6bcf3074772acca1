using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Dashboard;

/// <summary>The live page and the stream it lives on.</summary>
public static class DashboardApi
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static void MapDashboard(this WebApplication app, ControlPlane plane)
    {
        var files = PageFiles.Read();
        app.MapMethods("/", Reading, context => files.WriteAsync(PageFiles.Index, context));
        app.MapMethods("/page/{file}", Reading, (string file, HttpContext context) => files.WriteAsync(file, context));
        var events = new EventStream(plane);
        app.MapGet("/api/events", (string? rollout, HttpContext context) => events.WriteAsync(rollout, context));
    }
}
