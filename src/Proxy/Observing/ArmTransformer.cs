using Snapback.Control.Analysis;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
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

    /// <summary>Tells the canary a request's generation and pick number, so that its own log can prove that none came after a rollback.</summary>
    public const string SequenceHeader = "x-snapback-seq";

    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        var transformed = inner.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        if (!transformed.IsCompletedSuccessfully)
        {
            return AfterAsync(transformed, httpContext, proxyRequest);
        }

        transformed.GetAwaiter().GetResult();
        AddOwn(httpContext, proxyRequest);
        return default;
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null || ProxiedRequest.Of(httpContext) is not { } request)
        {
            return inner.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }

        var head = AnswerHead.Of(proxyResponse);
        request.Witness?.OnHeaders(proxyResponse);
        if (proxyResponse.Version.Major > 1)
        {
            request.OnShared();
        }

        var canPass = request.OnHeaders(head);
        if (request.TryShield())
        {
            return new ValueTask<bool>(false);
        }

        if (request.Hedge is { } hedge)
        {
            return RaceAsync(hedge, canPass, httpContext, proxyResponse, head, request, cancellationToken);
        }

        return PassAsync(canPass, httpContext, proxyResponse, head, request, cancellationToken);
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        var request = ProxiedRequest.Of(httpContext);
        request?.OnTrailers(request.AwaitsGrpcStatus ? GrpcStatus.In(proxyResponse.TrailingHeaders) : null);
        try
        {
            var transformed = inner.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
            return transformed.IsCompletedSuccessfully ? transformed : HeardAsync(transformed, httpContext, request);
        }
        catch (InvalidOperationException)
        {
            OnTrailersWrong(httpContext, request);
            return default;
        }
    }

    // Apart from its caller, so that a transform which ends synchronously, as nearly all do, makes no state machine.
    private static async ValueTask HeardAsync(ValueTask transformed, HttpContext httpContext, ProxiedRequest? request)
    {
        try
        {
            await transformed;
        }
        catch (InvalidOperationException)
        {
            OnTrailersWrong(httpContext, request);
        }
    }

    /// <summary>
    /// Kestrel throws for a character that no header may have. YARP does not catch that for trailers, and the exception would end the request
    /// beside its upload, which then takes bytes of the next request on the client's connection.
    /// </summary>
    private static void OnTrailersWrong(HttpContext httpContext, ProxiedRequest? request)
    {
        request?.OnTrailersWrong();
        BrokenStream.End(httpContext);
    }

    private async ValueTask AfterAsync(ValueTask transformed, HttpContext httpContext, HttpRequestMessage proxyRequest)
    {
        await transformed;
        AddOwn(httpContext, proxyRequest);
    }

    private void AddOwn(HttpContext httpContext, HttpRequestMessage proxyRequest)
    {
        if (ProxiedRequest.Of(httpContext) is not { } request)
        {
            return;
        }

        if (flag is not null)
        {
            proxyRequest.Headers.TryAddWithoutValidation(FlagHeader.Name, flag.ValueFor(request.Pick.Arm));
        }

        if (request.Pick.IsCopy)
        {
            ShadowMark.Put(proxyRequest);
        }

        if (request.Pick.Sequence > 0)
        {
            proxyRequest.Headers.TryAddWithoutValidation(SequenceHeader, $"{request.Generation.Number}-{request.Pick.Sequence}");
        }
    }

    private async ValueTask<bool> RaceAsync(
        Hedge hedge,
        bool canPass,
        HttpContext httpContext,
        HttpResponseMessage proxyResponse,
        AnswerHead head,
        ProxiedRequest request,
        CancellationToken cancellationToken) =>
        await hedge.TryWinAsync(httpContext, request.Outcome == Outcome.Failure)
            && await PassAsync(canPass, httpContext, proxyResponse, head, request, cancellationToken);

    private ValueTask<bool> PassAsync(
        bool canPass, HttpContext httpContext, HttpResponseMessage proxyResponse, in AnswerHead head, ProxiedRequest request,
        CancellationToken cancellationToken)
    {
        if (!canPass)
        {
            httpContext.Response.Clear();
            httpContext.Response.StatusCode = StatusCodes.Status502BadGateway;
            return new ValueTask<bool>(false);
        }

        var transformed = inner.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        return transformed.IsCompletedSuccessfully
            ? new ValueTask<bool>(transformed.Result && Watch(httpContext, proxyResponse, head, request))
            : WatchAsync(transformed, httpContext, proxyResponse, head, request);
    }

    private static async ValueTask<bool> WatchAsync(
        ValueTask<bool> transformed, HttpContext httpContext, HttpResponseMessage proxyResponse, AnswerHead head, ProxiedRequest request) =>
        await transformed && Watch(httpContext, proxyResponse, head, request);

    /// <summary>Puts the watching content in place, after the transforms: they read headers of the original one.</summary>
    /// <returns>Always true: the forwarder copies the body.</returns>
    private static bool Watch(HttpContext httpContext, HttpResponseMessage proxyResponse, in AnswerHead head, ProxiedRequest request)
    {
        if (head.Switches)
        {
            // A tunnel is read and written; only its bytes are counted.
            var tunnel = new TunnelContent(proxyResponse.Content, request);
            proxyResponse.Content = tunnel;
            ConnectWatch.Over(httpContext, tunnel);
            return true;
        }

        var isAllowed = !AnswerRules.IsBodiless(head.Status);
        if (!isAllowed && httpContext.Response.StatusCode != StatusCodes.Status304NotModified)
        {
            // Kestrel answers 500 where a Content-Length is set and no body follows.
            httpContext.Response.ContentLength = null;
        }

        if (!HttpMethods.IsHead(httpContext.Request.Method) && !IsKnownEmpty(proxyResponse, head))
        {
            proxyResponse.Content = new WatchedContent(proxyResponse.Content, request, head.Length, isAllowed);
        }

        return true;
    }

    /// <summary>SocketsHttpHandler itself reads no body after such a head of HTTP/1.1, so there is nothing to watch.</summary>
    private static bool IsKnownEmpty(HttpResponseMessage response, in AnswerHead head) =>
        response.Version.Major < 2 && (head.Length == 0 || head.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified);
}
