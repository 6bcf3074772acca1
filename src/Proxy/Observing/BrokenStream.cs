using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Observing;

/// <summary>
/// How an HTTP/2 client hears that an arm broke off its answer. YARP's forwarder resets its stream with CANCEL, which a gRPC client takes for a
/// call that was cancelled, and not for one that failed.
/// </summary>
internal sealed class BrokenStream(IHttpResetFeature stream) : IHttpResetFeature
{
    /// <summary>Of HTTP/2 (RFC 9113, 7).</summary>
    private const int InternalError = 2;

    /// <summary>Before the forwarder ends the response. Nothing over HTTP/1.1, where the connection's end is all that can be said.</summary>
    public static void Expect(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            context.Features.Set<IHttpResetFeature>(new BrokenStream(stream));
        }
    }

    /// <summary>
    /// Ends an answer that was read to its end and yet cannot be passed on: with 502 if nothing of it has left, so that stable may answer instead, and
    /// else with a reset.
    /// </summary>
    public static void End(HttpContext context)
    {
        if (!context.Response.HasStarted)
        {
            context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers.Clear();
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }
        else
        {
            Cut(context);
        }
    }

    /// <summary>Breaks off the response, so that the client does not take what it has for the whole.</summary>
    public static void Cut(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            stream.Reset(InternalError);
        }
        else
        {
            context.Abort();
        }
    }

    public void Reset(int errorCode) => stream.Reset(InternalError);
}
