using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Forwarding;

/// <summary>What a forwarder's error says about how far the request came.</summary>
internal static class Unsent
{
    /// <summary>
    /// The connection was never made, so that even a payment can be sent again. On HTTP/3, which is not spoken, a lost connection has
    /// the same error.
    /// </summary>
    public static bool Is(IForwarderErrorFeature error) => error.Exception switch
    {
        HttpRequestException e =>
            e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        // What SocketsHttpHandler throws when its ConnectTimeout passes.
        OperationCanceledException { InnerException: TimeoutException } => true,
        _ => false,
    };
}
