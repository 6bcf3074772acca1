using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Admin;

/// <summary>The description of the admin side (OpenAPI 3.1): a file, since making one from the handlers would cost every start
/// its reflection.</summary>
internal static class OpenApiFile
{
    public const string Name = "openapi.json";

    public static void Map(WebApplication app) => app.MapGet("/openapi/v1.json", async (HttpContext context) =>
    {
        await using var file = typeof(OpenApiFile).Assembly.GetManifestResourceStream(Name)!;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    });
}
