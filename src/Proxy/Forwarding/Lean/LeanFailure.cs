using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>What went wrong, as the feature that YARP's middlewares and ours read.</summary>
internal sealed record LeanFailure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature
{
    public static ForwarderError Tell(HttpContext context, ForwarderError error, Exception? exception)
    {
        context.Features.Set<IForwarderErrorFeature>(new LeanFailure(error, exception));
        return error;
    }

    /// <summary>An exception that the upstream, the network or a time-out can cause; any other is a defect.</summary>
    public static bool IsNetworks(Exception e) =>
        e is HttpRequestException or IOException or SocketException or OperationCanceledException or ObjectDisposedException;
}
