using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Snapback.Proxy.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Hosting;

/// <summary>YARP's client per cluster, with header bytes passed as they are and a connect that gives up in time.</summary>
internal sealed class UpstreamClients : ForwarderHttpClientFactory
{
    /// <summary>SocketsHttpHandler waits 15 s by default: longer than any user, and without a sample for the judge.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ConnectTimeout = ConnectTimeout;
        handler.ConnectCallback = (connect, cancellationToken) => ConnectAsync(connect, handler.SslOptions, cancellationToken);

        // Nobody here makes a trace: the client's own headers pass through as they are, and looking for a trace costs every request.
        handler.ActivityHeadersPropagator = null;

        // Otherwise one non-ASCII byte in a client's cookie is a 502 that looks like a refused connection.
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
    }

    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return await TlsName.SecureAsync(new UpstreamStream(socket), context, tls, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
