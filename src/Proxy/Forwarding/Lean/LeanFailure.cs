using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>What went wrong, where YARP's own middlewares and ours look for it.</summary>
internal sealed record LeanFailure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature
{
    public static ForwarderError Tell(HttpContext context, ForwarderError error, Exception? exception)
    {
        context.Features.Set<IForwarderErrorFeature>(new LeanFailure(error, exception));
        return error;
    }

    /// <summary>What the other end, the way to it or a time-out can do.</summary>
    public static bool IsNetworks(Exception e) =>
        e is HttpRequestException or IOException or SocketException or OperationCanceledException or ObjectDisposedException;

    /// <summary>The client must not take what it has for the whole.</summary>
    public static void Cut(HttpContext context, bool canceled)
    {
        const int http2Cancel = 8;
        const int http2InternalError = 2;
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResetFeature>() is { } reset)
        {
            reset.Reset(canceled ? http2Cancel : http2InternalError);
        }
        else
        {
            context.Abort();
        }
    }
}
