using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Snapback.Proxy.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Hosting;

/// <summary>The HTTP client of each cluster: YARP's, with header bytes passed as they are and a short connect time-out.</summary>
/// <param name="connectionAge">How old a connection gets; infinite for no limit.</param>
internal sealed class UpstreamClients(ArmConnector connector, TimeSpan connectionAge) : ForwarderHttpClientFactory
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ConnectTimeout = ArmConnector.Timeout;
        handler.PooledConnectionLifetime = connectionAge;
        handler.ConnectCallback = (connect, cancellationToken) => ConnectAsync(connect, handler.SslOptions, cancellationToken);

        // This proxy starts no traces: the client's trace headers pass as they are, and a propagator would cost every request.
        handler.ActivityHeadersPropagator = null;

        // By default a non-ASCII byte in a client's cookie fails the request with a 502, which would be charged to the arm.
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
    }

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        new OnceMore(base.WrapHandler(context, handler));

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        var socket = await connector.ConnectAsync(context.DnsEndPoint, cancellationToken);
        try
        {
            var plain = new UpstreamStream(socket);
            var stream = await TlsName.SecureAsync(plain, context, tls, cancellationToken);
            plain.SpeaksHttp2 = stream is SslStream secure
                ? secure.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
                : OnceMore.IsHttp2WithoutTls(context.InitialRequestMessage);
            if (plain.SpeaksHttp2)
            {
                SilentPeers.EndUnacknowledged(socket);
            }

            return stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
