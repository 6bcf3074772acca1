using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Forwarding;

/// <summary>Copies a request's head for a second request that runs beside it and shares no mutable state with it.</summary>
internal static class RequestHead
{
    /// <param name="headers">The second request's own.</param>
    /// <returns>A request without a body, whose response is discarded.</returns>
    public static DefaultHttpContext Fork(HttpContext original, HeaderDictionary headers)
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
            Headers = headers,
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
        var fork = new DefaultHttpContext(features);
        fork.Request.RouteValues = new RouteValueDictionary(request.RouteValues);
        return fork;
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly NoBody Instance = new();

        public bool CanHaveBody => false;
    }
}
