using System.Net.Security;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Whom an https destination must be, where it is asked by the client's Host: its own configured Host, else its address. The framework's
/// client would ask for a certificate of the Host, and any client could make an arm fail by naming a stranger.
/// </summary>
internal static class TlsName
{
    private const string Https = "https:";

    private static readonly HttpRequestOptionsKey<string> Key = new("snapback.tls-name");

    /// <summary>For a message that has its client's Host. Only marks it: what the name is, the few that open a connection find out.</summary>
    public static void Set(HttpContext context, HttpRequestMessage message, string destination)
    {
        if (destination.StartsWith(Https, StringComparison.OrdinalIgnoreCase))
        {
            message.Options.Set(Key, context.Features.Find<IReverseProxyFeature>()?.ProxiedDestination?.Model.Config.Host ?? "");
        }
    }

    /// <summary>What the framework's client would do with a connection, but for the name.</summary>
    /// <returns>The connection as it is where the framework's client is to do it itself.</returns>
    public static async ValueTask<Stream> SecureAsync(
        Stream connection, SocketsHttpConnectionContext context, SslClientAuthenticationOptions settings, CancellationToken cancellationToken)
    {
        var message = context.InitialRequestMessage;
        if (message.Method == HttpMethod.Connect || !message.Options.TryGetValue(Key, out var configured))
        {
            // A WebSocket is tried over HTTP/2 first, and only the framework's own failure makes YARP go on to HTTP/1.1.
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
