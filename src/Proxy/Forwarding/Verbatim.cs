using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Snapback.Proxy.Forwarding;

/// <summary>For every route, after its own transforms: what they left alone passes byte by byte, in both directions.</summary>
internal sealed class Verbatim : ITransformProvider
{
    /// <summary>Uri rewrites '&lt;', '%zz' and much else, which breaks signatures that are made of the query.</summary>
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        // A transform's question for the query makes an object of it: asked only where one may have changed it.
        context.AddRequestTransform(context.RequestTransforms.All(IsOfHeaders) ? KeepTargetAsWritten : KeepTarget);
        if (context.RequestTransforms.Contains(RequestHeaderOriginalHostTransform.OriginalHost))
        {
            context.AddRequestTransform(static context =>
            {
                TlsName.Set(context.HttpContext, context.ProxyRequest, context.DestinationPrefix);
                return default;
            });
        }

        context.AddResponseTransform(static context =>
        {
            KeepWithinTheHop(context.HttpContext, context.ProxyResponse);
            return default;
        });
    }

    private static bool IsOfHeaders(RequestTransform transform) =>
        transform is RequestHeaderOriginalHostTransform
            or RequestHeaderValueTransform
            or RequestHeaderRemoveTransform
            or RequestHeadersAllowedTransform
            or RequestHeaderXForwardedForTransform
            or RequestHeaderXForwardedHostTransform
            or RequestHeaderXForwardedProtoTransform
            or RequestHeaderXForwardedPrefixTransform
            or RequestHeaderForwardedTransform;

    /// <summary>Of a request whose path and query nobody has changed.</summary>
    public static void KeepTarget(HttpContext context, HttpRequestMessage message, string destination)
    {
        var path = RequestTarget.RawPath(context);
        if (!path.IsEmpty)
        {
            Aim(message, destination, path, context.Request.QueryString.Value);
        }
    }

    private static ValueTask KeepTargetAsWritten(RequestTransformContext context)
    {
        KeepTarget(context.HttpContext, context.ProxyRequest, context.DestinationPrefix);
        return context.ProxyRequest.RequestUri is null ? KeepTarget(context) : default;
    }

    private static ValueTask KeepTarget(RequestTransformContext context)
    {
        var request = context.HttpContext.Request;
        if (context.ProxyRequest.RequestUri is not null)
        {
            return default;
        }

        var path = RequestTarget.RawPath(context.HttpContext);
        var prefix = context.DestinationPrefix.AsSpan();
        var query = context.Query.QueryString.Value;
        if (path.IsEmpty || !string.Equals(context.Path.Value, request.Path.Value, StringComparison.Ordinal))
        {
            var made = RequestUtilities.MakeDestinationAddress(context.DestinationPrefix, context.Path, default);
            prefix = made.GetLeftPart(UriPartial.Authority);
            path = made.AbsolutePath;
        }

        Aim(context.ProxyRequest, prefix, path, query);
        return default;
    }

    private static void Aim(HttpRequestMessage message, ReadOnlySpan<char> prefix, ReadOnlySpan<char> path, string? query)
    {
        var target = string.Concat(prefix is [.., '/'] ? prefix[..^1] : prefix, path, query);
        if (Uri.TryCreate(target, AsWritten, out var uri))
        {
            message.RequestUri = uri;
        }
    }

    /// <summary>The reason is the status's own: an upstream's may hold any byte, and no client reads it by the standard.</summary>
    public static void KeepWithinTheHop(HttpContext context, HttpResponseMessage? response)
    {
        if (response is not null)
        {
            context.Features.Find<IHttpResponseFeature>()!.ReasonPhrase = null;
            if (response.Headers.NonValidated.TryGetValues("Connection", out var connections))
            {
                foreach (var connection in connections)
                {
                    HopByHop.RemoveNominated(connection, context.Response.Headers);
                }
            }
        }
    }
}
