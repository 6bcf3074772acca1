using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Kestrel's sockets, of which none is handed on while its kind is out of files: further clients wait where the system lets them wait, and none is
/// turned away. Kestrel's own limit closes them, and only after they have taken their files.
/// </summary>
internal sealed class LimitedTransport(SocketTransportFactory sockets, OwnShortage shortage, Func<FileShares, long> beyond)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>How soon a client that waits is let in once there is a file again.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentBag<IConnectionListener> _listeners = [];

    public static void Use(IServiceCollection services, OwnShortage shortage, Func<FileShares, long> beyond) =>
        services
            .AddSingleton(provider => new LimitedTransport(ActivatorUtilities.CreateInstance<SocketTransportFactory>(provider), shortage, beyond))
            .AddSingleton<IConnectionListenerFactory>(static provider => provider.GetRequiredService<LimitedTransport>());

    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = new Listener(await sockets.BindAsync(endpoint, cancellationToken), shortage, beyond);
        _listeners.Add(listener);
        return listener;
    }

    /// <summary>Takes no new connections any more. The server does the same when it stops, and in the same moment closes those that are idle.</summary>
    public async Task UnbindAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.UnbindAsync();
        }
    }

    private sealed class Listener(IConnectionListener inner, OwnShortage shortage, Func<FileShares, long> beyond) : IConnectionListener
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

            while (!OpenFiles.IsLeft(beyond(OpenFiles.Shares)) && !_ends)
            {
                shortage.Tell();
                await Task.Delay(Interval, cancellationToken);
            }

            ClientInput.Watch(connection);
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
