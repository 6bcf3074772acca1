using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Ends connections whose other machine is gone and cannot say so. The system's own limits are two hours and a quarter of one, and
/// meanwhile every request on a kept HTTP/2 connection would wait for it. The system asks, and not HTTP/2 by its pings: some servers
/// end a connection that pings more often than they like, with all requests on it.
/// </summary>
internal static class SilentPeers
{
    /// <summary>In seconds; gRPC's libraries have the same.</summary>
    private const int Patience = 20;

    /// <summary>A connection on which all was acknowledged ends when probes are not, for 20 s.</summary>
    public static void EndAtRest(Socket socket)
    {
        const int Interval = 5, Probes = 2;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Patience - Interval * Probes);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Interval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
    }

    /// <summary>
    /// And so does one on which something was not acknowledged. The system counts what a server does not read as well, so this is not
    /// for uploads over HTTP/1.1, which may wait longer for it; over HTTP/2 the server's own windows hold them back before.
    /// </summary>
    public static void EndUnacknowledged(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            const int Tcp = 6, UserTimeout = 18;
            socket.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes(Patience * 1000));
        }
    }
}
