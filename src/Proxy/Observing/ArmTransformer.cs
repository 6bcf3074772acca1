using Snapback.Control.Analysis;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The route's own transforms, with the places where an arm shows itself first: its response headers, before any of them
/// leaves, its body, and its trailers.
/// </summary>
internal sealed class ArmTransformer(HttpTransformer inner, FlagHeader? flag = null) : HttpTransformer
{
    /// <summary>Null for a plan without a flag.</summary>
    public FlagHeader? Flag => flag;

    /// <summary>Tells the canary which pick a request was, so that its own log can prove that none came after a rollback.</summary>
    public const string SequenceHeader = "x-snapback-seq";

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await inner.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.Headers.Remove(SequenceHeader);
        var request = httpContext.Features.Get<ProxiedRequest>();
        if (flag is not null && request is not null)
        {
            proxyRequest.Headers.TryAddWithoutValidation(FlagHeader.Name, flag.ValueFor(request.Pick.Arm));
        }

        if (request is { Pick.IsCopy: true })
        {
            ShadowMark.Put(proxyRequest);
        }

        if (request is { Pick.Sequence: > 0 })
        {
            proxyRequest.Headers.TryAddWithoutValidation(SequenceHeader, $"{request.Generation.Number}-{request.Pick.Sequence}");
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null || httpContext.Features.Get<ProxiedRequest>() is not { } request)
        {
            return await inner.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }

        var head = AnswerHead.Of(proxyResponse);
        request.Witness?.OnHeaders(proxyResponse);
        var canPass = request.OnHeaders(head);
        if (request.TryShield())
        {
            return false;
        }

        if (request.Hedge is { } hedge && !await hedge.TryWinAsync(httpContext, request.Outcome == Outcome.Failure))
        {
            return false;
        }

        if (!canPass)
        {
            httpContext.Response.Clear();
            httpContext.Response.StatusCode = StatusCodes.Status502BadGateway;
            return false;
        }

        var passes = await inner.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (passes)
        {
            if (AnswerRules.IsBodiless(head.Status) && httpContext.Response.StatusCode != StatusCodes.Status304NotModified)
            {
                // Kestrel makes a 500 of a length that no body follows.
                httpContext.Response.ContentLength = null;
            }

            // After the transforms have copied the headers that stand on it.
            WatchedContent.Watch(proxyResponse, head, request, httpContext.Request.Method);
        }

        return passes;
    }

    public override async ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        var request = httpContext.Features.Get<ProxiedRequest>();
        request?.OnTrailers(GrpcStatus.In(proxyResponse.TrailingHeaders));
        try
        {
            await inner.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // Kestrel refuses what no header may hold; the forwarder does not catch that here.
            request?.OnTrailersWrong();
            throw;
        }
    }
}
