using Microsoft.AspNetCore.Http.Features;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Observing;

/// <summary>Notices that a client of a tunnel over HTTP/2 has ended its half.</summary>
internal sealed class ConnectWatch(IHttpExtendedConnectFeature inner, TunnelContent tunnel) : IHttpExtendedConnectFeature
{
    public bool IsExtendedConnect => inner.IsExtendedConnect;

    public string? Protocol => inner.Protocol;

    /// <summary>Before the forwarder accepts the tunnel. Nothing over HTTP/1.1, where a client that closes its half has left.</summary>
    public static void Over(HttpContext context, TunnelContent tunnel)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            context.Features.Set<IHttpExtendedConnectFeature>(new ConnectWatch(connect, tunnel));
        }
    }

    public async ValueTask<Stream> AcceptAsync() => new ClientsEnd(await inner.AcceptAsync(), tunnel);

    private sealed class ClientsEnd(Stream inner, TunnelContent tunnel) : DuplexBody(inner)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await Inner.ReadAsync(buffer, cancellationToken);
            if (read == 0 && buffer.Length > 0)
            {
                tunnel.OnClientEnded();
            }

            return read;
        }
    }
}
