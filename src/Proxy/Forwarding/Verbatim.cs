using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Snapback.Proxy.Forwarding;

/// <summary>Runs after the transforms of every route: what these left alone passes byte by byte, in both directions.</summary>
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
        // Reading the transform context's Query allocates, so it is read only where a transform may have changed path or query.
        context.AddRequestTransform(context.RequestTransforms.All(ChangesHeadersOnly) ? KeepTargetAsWritten : KeepTarget);
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

    private static bool ChangesHeadersOnly(RequestTransform transform) =>
        transform is RequestHeaderOriginalHostTransform
            or RequestHeaderValueTransform
            or RequestHeaderRemoveTransform
            or RequestHeadersAllowedTransform
            or RequestHeaderXForwardedForTransform
            or RequestHeaderXForwardedHostTransform
            or RequestHeaderXForwardedProtoTransform
            or RequestHeaderXForwardedPrefixTransform
            or RequestHeaderForwardedTransform;

    /// <summary>Sets the target of a request whose path and query no transform has changed.</summary>
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

    /// <summary>
    /// Removes what is for this hop only: headers that Connection names, and the reason phrase, which may hold any byte and which clients
    /// should ignore (RFC 9112, 4).
    /// </summary>
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
