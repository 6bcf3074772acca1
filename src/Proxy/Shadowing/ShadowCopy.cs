using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Snapback.Control.Rollouts;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Shadowing;

/// <summary>
/// A request's head on its own, without what would let it act in its user's name: it goes through the same pipeline as its
/// original, and shares nothing with it that could hold the original up or change under it.
/// </summary>
internal static class ShadowCopy
{
    public static HttpContext Of(HttpContext original, ShadowTerms terms)
    {
        var features = new FeatureCollection();
        var request = original.Request;
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Protocol = request.Protocol,
            Scheme = request.Scheme,
            Method = request.Method,
            PathBase = request.PathBase.Value ?? "",
            Path = request.Path.Value ?? "",
            QueryString = request.QueryString.Value ?? "",
            RawTarget = original.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "",
            Headers = Head(request.Headers, terms),
            Body = Stream.Null,
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
        var connection = original.Connection;
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature
        {
            ConnectionId = connection.Id,
            RemoteIpAddress = connection.RemoteIpAddress,
            RemotePort = connection.RemotePort,
            LocalIpAddress = connection.LocalIpAddress,
            LocalPort = connection.LocalPort,
        });
        features.Set(original.GetReverseProxyFeature());
        var copy = new DefaultHttpContext(features);
        copy.Request.RouteValues = new RouteValueDictionary(request.RouteValues);
        return copy;
    }

    /// <summary>Ends it at its time-out, which is the canary's fault, or as soon as enough of its answer has been seen, which is nobody's.</summary>
    public static void Bound(HttpContext copy, CancellationTokenSource timeout, CancellationTokenSource whole)
    {
        copy.Features.Set<IHttpRequestTimeoutFeature>(new Limit(timeout.Token));
        copy.RequestAborted = whole.Token;
        copy.Response.Body = new ShadowSink(copy, whole);
    }

    private static HeaderDictionary Head(IHeaderDictionary headers, ShadowTerms terms)
    {
        var head = new HeaderDictionary(headers.Count);
        foreach (var (name, value) in headers)
        {
            if (!Credentials.IsOne(name) || terms.Credentials.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                head[name] = value;
            }
        }

        return head;
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly NoBody Instance = new();

        public bool CanHaveBody => false;
    }

    private sealed class Limit(CancellationToken token) : IHttpRequestTimeoutFeature
    {
        public CancellationToken RequestTimeoutToken => token;

        public void DisableTimeout()
        {
        }
    }
}
