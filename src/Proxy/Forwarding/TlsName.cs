using System.Net.Security;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// The name that the certificate of an https destination must have where the client's Host is passed on: the destination's configured Host,
/// else its address. SocketsHttpHandler would go by the request's Host, and any client could make an arm fail by sending a strange one.
/// </summary>
internal static class TlsName
{
    private const string Https = "https:";

    private static readonly HttpRequestOptionsKey<string> Key = new("snapback.tls-name");

    /// <summary>Marks a message that keeps its client's Host. The name is worked out only by the few requests that open a connection.</summary>
    public static void Set(HttpContext context, HttpRequestMessage message, string destination)
    {
        if (destination.StartsWith(Https, StringComparison.OrdinalIgnoreCase))
        {
            message.Options.Set(Key, context.Features.Find<IReverseProxyFeature>()?.ProxiedDestination?.Model.Config.Host ?? "");
        }
    }

    /// <summary>Does the TLS handshake as SocketsHttpHandler would, but for the name.</summary>
    /// <returns>The connection unchanged where SocketsHttpHandler is to do the handshake itself.</returns>
    public static async ValueTask<Stream> SecureAsync(
        Stream connection, SocketsHttpConnectionContext context, SslClientAuthenticationOptions settings, CancellationToken cancellationToken)
    {
        var message = context.InitialRequestMessage;
        if (message.Method == HttpMethod.Connect || !message.Options.TryGetValue(Key, out var configured))
        {
            // YARP tries a WebSocket over HTTP/2 first, and falls back to HTTP/1.1 only after SocketsHttpHandler's own failure.
            return connection;
        }

        var secure = new SslStream(connection);
        try
        {
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = configured.Length == 0 ? context.DnsEndPoint.Host : new HostString(configured).Host,
                    ApplicationProtocols = Protocols(message),
                    EnabledSslProtocols = settings.EnabledSslProtocols,
                    RemoteCertificateValidationCallback = settings.RemoteCertificateValidationCallback,
                },
                cancellationToken);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    private static List<SslApplicationProtocol> Protocols(HttpRequestMessage message) =>
        message.Version.Major >= 2 && message.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower ? [SslApplicationProtocol.Http2]
        : message.Version.Major >= 2 || message.VersionPolicy == HttpVersionPolicy.RequestVersionOrHigher
            ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]
        : [SslApplicationProtocol.Http11];
}
