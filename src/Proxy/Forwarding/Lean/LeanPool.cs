using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>The connections to one upstream. The one used last is used next, so that those beyond the need stay idle and are closed.</summary>
/// <param name="connectionAge">How old a connection gets; infinite for no limit.</param>
internal sealed class LeanPool(string destination, ArmConnector connector, TimeSpan connectionAge)
{
    /// <summary>So many connections may be idle; further ones are closed.</summary>
    private const int MaxIdle = 1024;

    /// <summary>As SocketsHttpHandler: shorter than most servers keep idle connections.</summary>
    private const long MaxIdleMilliseconds = 60_000;

    private readonly Lock _gate = new();
    private readonly List<LeanConnection> _idle = [];
    private readonly HashSet<LeanConnection> _all = [];
    private readonly DnsEndPoint _end = EndOf(new Uri(destination));

    /// <summary>Host and port, as the Host header has them.</summary>
    public string Authority { get; } = new Uri(destination).Authority;

    /// <summary>An idle connection; null if none can be used.</summary>
    public LeanConnection? Take()
    {
        while (true)
        {
            LeanConnection connection;
            lock (_gate)
            {
                if (_idle.Count == 0)
                {
                    return null;
                }

                connection = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
            }

            if (!connection.IsStale)
            {
                return connection;
            }

            Close(connection);
        }
    }

    /// <exception cref="HttpRequestException">The upstream cannot be resolved, or refuses the connection.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; or, with an inner <see cref="TimeoutException"/>, the
    /// connect took too long.</exception>
    public async ValueTask<LeanConnection> ConnectAsync(RequestWriter request, CancellationToken token)
    {
        Socket socket;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(ArmConnector.Timeout);
        try
        {
            socket = await connector.ConnectAsync(_end, limit.Token);
        }
        catch (SocketException e)
        {
            var error = e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
                ? HttpRequestError.NameResolutionError
                : HttpRequestError.ConnectionError;
            throw new HttpRequestException(error, $"{e.Message} ({Authority})", e);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            throw new TaskCanceledException(
                $"{Authority} did not take the connection within {ArmConnector.Timeout.TotalMilliseconds:0} ms.", new TimeoutException());
        }

        SilentPeers.EndUnacknowledged(socket);
        var connection = new LeanConnection(socket, request, connectionAge);
        lock (_gate)
        {
            _all.Add(connection);
        }

        return connection;
    }

    /// <summary>Takes back a connection after a clean exchange.</summary>
    public void Return(LeanConnection connection)
    {
        if (connection.TryRest())
        {
            PutBack(connection);
        }
        else
        {
            Close(connection);
        }
    }

    /// <summary>Takes back an idle connection that was not used.</summary>
    public void PutBack(LeanConnection connection)
    {
        lock (_gate)
        {
            if (_idle.Count < MaxIdle)
            {
                _idle.Add(connection);
                return;
            }
        }

        Close(connection);
    }

    public void Close(LeanConnection connection)
    {
        lock (_gate)
        {
            _all.Remove(connection);
        }

        connection.Dispose();
    }

    /// <summary>Ends exchanges past their time-out, and closes connections that were idle for too long.</summary>
    /// <param name="now">In milliseconds of <see cref="Environment.TickCount64"/>.</param>
    public void Sweep(long now)
    {
        List<LeanConnection>? overdue = null, old = null;
        lock (_gate)
        {
            foreach (var connection in _all)
            {
                if (connection.TryExpire(now))
                {
                    (overdue ??= []).Add(connection);
                }
            }

            while (_idle.Count > 0 && now - _idle[0].IdleSince > MaxIdleMilliseconds)
            {
                (old ??= []).Add(_idle[0]);
                _idle.RemoveAt(0);
            }
        }

        // Outside of the lock: closing a socket may run the continuation of whoever waits on it, on this thread.
        overdue?.ForEach(connection => connection.Dispose());
        old?.ForEach(Close);
    }

    public void CloseAll()
    {
        List<LeanConnection> all;
        lock (_gate)
        {
            all = [.. _all];
        }

        all.ForEach(Close);
    }

    private static DnsEndPoint EndOf(Uri address) => new(address.DnsSafeHost, address.Port);
}
