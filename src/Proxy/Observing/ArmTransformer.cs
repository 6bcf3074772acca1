using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The route's own transforms, with the two places where an arm shows itself first: its response headers, before any of them
/// leaves, and its trailers.
/// </summary>
internal sealed class ArmTransformer(HttpTransformer inner) : HttpTransformer
{
    /// <summary>Tells the canary which pick a request was, so that its own log can prove that none came after a rollback.</summary>
    public const string SequenceHeader = "x-snapback-seq";

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await inner.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.Headers.Remove(SequenceHeader);
        if (httpContext.Features.Get<ProxiedRequest>() is { Pick.Sequence: > 0 } request)
        {
            proxyRequest.Headers.TryAddWithoutValidation(SequenceHeader, $"{request.Generation.Number}-{request.Pick.Sequence}");
        }
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null)
        {
            httpContext.Features.Get<ProxiedRequest>()?.OnHeaders(proxyResponse);
        }

        return inner.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        httpContext.Features.Get<ProxiedRequest>()?.OnTrailers(proxyResponse);
        return inner.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
    }
}
