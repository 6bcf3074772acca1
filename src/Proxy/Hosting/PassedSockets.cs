using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Listening sockets that whoever started the process opened and keeps, as systemd's socket units do: <c>http://fd:3</c> is its open file number 3, the
/// first that sd_listen_fds(3) passes. Clients that come while one process takes over from another wait in the socket's queue, and none is refused.
/// </summary>
internal static class PassedSockets
{
    private const string Host = "fd";

    /// <summary>The numbers that standard input, output and error have not.</summary>
    private const int First = 3;

    public static bool IsOne(BindingAddress address) => address.Host.Equals(Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Why there can be no connection from it; null if there can.</summary>
    public static string? Problem(BindingAddress address)
    {
        if (address.Port < First)
        {
            return $"passed sockets begin at {First}";
        }

        try
        {
            using var handle = new SafeSocketHandle(address.Port, ownsHandle: false);
            using var socket = new Socket(handle);
            return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is 1
                ? null
                : $"open file {address.Port} is a socket that does not listen";
        }
        catch (SocketException)
        {
            return $"open file {address.Port} is no socket: whoever starts Snapback passes it, as systemd does for a .socket unit";
        }
    }

    public static void Listen(KestrelServerOptions kestrel, BindingAddress address) => kestrel.ListenHandle((ulong)address.Port, listen =>
    {
        if (address.Scheme == Uri.UriSchemeHttps)
        {
            listen.UseHttps();
        }
    });
}
