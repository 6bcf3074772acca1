using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>Does with a connection what no decent server does.</summary>
/// <returns>True if the next request may come on the same connection.</returns>
internal delegate Task<bool> Script(Wire wire);

/// <summary>A listener whose every connection is played by one script.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly Script _script;
    private readonly Action<string>? _heard;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Wire, byte> _wires = new();
    private readonly Task _accepting;

    /// <param name="heard">Each HTTP/1.1 head that a script reads.</param>
    public RawServer(Script script, Action<string>? heard = null)
    {
        _script = script;
        _heard = heard;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var (wire, _) in _wires)
        {
            wire.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                var wire = new Wire(socket, isServers: true, _heard);
                _wires[wire] = 0;
                _ = PlayAsync(wire);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task PlayAsync(Wire wire)
    {
        try
        {
            while (await _script(wire))
            {
                // The next request.
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The proxy hung up first, or the test is over.
        }
        finally
        {
            _wires.TryRemove(wire, out _);
            wire.Dispose();
        }
    }
}
