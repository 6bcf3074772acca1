using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Kestrel's sockets, of which no more are accepted than the side has files for: further clients wait where the system lets them wait, and none
/// is turned away. Kestrel's own limit closes them, and only after they have taken their files.
/// </summary>
internal sealed class LimitedTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>How soon a client that waits is let in after another has left.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly SocketTransportFactory _sockets;
    private readonly OwnShortage _shortage;
    private readonly Func<FileShares, long> _share;
    private long _open;

    private LimitedTransport(SocketTransportFactory sockets, OwnShortage shortage, Func<FileShares, long> share)
    {
        _sockets = sockets;
        _shortage = shortage;
        _share = share;
    }

    public static void Use(IServiceCollection services, OwnShortage shortage, Func<FileShares, long> share) =>
        services.AddSingleton<IConnectionListenerFactory>(
            provider => new LimitedTransport(ActivatorUtilities.CreateInstance<SocketTransportFactory>(provider), shortage, share));

    public bool CanBind(EndPoint endpoint) => _sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await _sockets.BindAsync(endpoint, cancellationToken), this);

    private sealed class Listener(IConnectionListener inner, LimitedTransport side) : IConnectionListener
    {
        private volatile bool _ends;

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            var connection = await inner.AcceptAsync(cancellationToken);
            if (connection is null)
            {
                return null;
            }

            while (Volatile.Read(ref side._open) >= side._share(OpenFiles.Shares) && !_ends)
            {
                side._shortage.Tell();
                await Task.Delay(Interval, cancellationToken);
            }

            Interlocked.Increment(ref side._open);
            connection.ConnectionClosed.UnsafeRegister(static side => Interlocked.Decrement(ref ((LimitedTransport)side!)._open), side);
            return connection;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _ends = true;
            return inner.UnbindAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            _ends = true;
            return inner.DisposeAsync();
        }
    }
}
