using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Snapback.Control.Admin;

/// <summary>
/// Who asks at no end point is told so in the problem's shape: a path that is not there, or a method that a path does not take. Not as
/// a fallback route, which would take every method of every path.
/// </summary>
public static class Unmatched
{
    /// <param name="whatIs">Where there is something, in one sentence.</param>
    public static void Use(IApplicationBuilder app, string whatIs) => app.Use(async (context, next) =>
    {
        switch (context.GetEndpoint())
        {
            case RouteEndpoint:
                await next(context);
                return;
            case { RequestDelegate: { } refuse }:
                // The router's own: it has the code and the methods, and no word.
                await refuse(context);
                await Refusal(context).ExecuteAsync(context);
                return;
            default:
                await Answers.Problem(404, "Not found", $"There is nothing here. {whatIs}").ExecuteAsync(context);
                return;
        }
    });

    private static IResult Refusal(HttpContext context) =>
        Answers.Problem(
            context.Response.StatusCode,
            "Method not allowed",
            $"{context.Request.Path} does not take {context.Request.Method}. Use {context.Response.Headers.Allow}.");
}
