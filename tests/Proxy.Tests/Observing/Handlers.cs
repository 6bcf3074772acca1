using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Tests.Observing;

/// <summary>What an <see cref="Upstream"/> does with a request, where more than one test wants the same.</summary>
internal static class Handlers
{
    public static RequestDelegate Answer(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>Answers nothing until the caller gives up.</summary>
    public static async Task Hang(HttpContext context) =>
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    public static async Task Echo(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        await context.Response.WriteAsync(await reader.ReadToEndAsync());
    }

    /// <summary>REFUSED_STREAM of HTTP/2 (RFC 9113, 8.7): the server says that it did not look at the request.</summary>
    public static Task RefuseStream(HttpContext context)
    {
        const int refusedStream = 7;
        context.Features.Get<IHttpResetFeature>()!.Reset(refusedStream);
        return Task.CompletedTask;
    }
}
