using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>
/// Which requests the lean forwarder takes: those without a body to a plain HTTP/1.1 upstream, on a route without transforms and a cluster
/// without client settings of its own and without affinity, whose cookie is a transform. All others are YARP's.
/// </summary>
internal static class LeanRules
{
    private const string Plain = "http://";

    /// <param name="keepsHost">The upstream gets the client's Host.</param>
    public static bool Takes(HttpContext context, string destination, ForwarderRequestConfig config, out bool keepsHost)
    {
        keepsHost = false;
        return destination.StartsWith(Plain, StringComparison.OrdinalIgnoreCase)
            && destination.AsSpan(Plain.Length).TrimEnd('/').IndexOfAny('/', '?', '@') < 0
            && IsPlain(config)
            && IsPlain(context.Features.Find<IReverseProxyFeature>()!, ref keepsHost)
            && IsPlain(context);
    }

    private static bool IsPlain(ForwarderRequestConfig config) =>
        config.AllowResponseBuffering != true
        && config.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher
        // YARP's default version is 2; with a policy other than "or lower" that cannot become HTTP/1.1.
        && (config.Version is { Major: 1 } || config.VersionPolicy is null or HttpVersionPolicy.RequestVersionOrLower);

    private static bool IsPlain(IReverseProxyFeature proxy, ref bool keepsHost)
    {
        var cluster = proxy.Cluster.Config;
        if (cluster.HttpClient is not null || cluster.SessionAffinity is { Enabled: true })
        {
            return false;
        }

        return PlainTransformer.Fits(proxy.Route.Config, out keepsHost);
    }

    private static bool IsPlain(HttpContext context)
    {
        var request = context.Request;
        return context.Features.Find<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            && request.ContentLength is null or 0
            && !HttpMethods.IsConnect(request.Method)
            && !request.Headers.ContainsKey(HeaderNames.Upgrade)
            && !request.Headers.ContainsKey(HeaderNames.Expect)
            && !request.PathBase.HasValue;
    }
}
