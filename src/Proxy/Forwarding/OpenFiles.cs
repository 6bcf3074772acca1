using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Keeps the process's last files from connections: a thread takes files to start, and the runtime ends a process that cannot start one. The system
/// gives a new file the lowest free number, so its number tells how many are taken, and nothing has to be counted.
/// </summary>
internal static class OpenFiles
{
    private static readonly Lazy<FileShares> ReadAtFirstUse = new(FileShares.Read);

    /// <summary>Read at the first connection, when most of what the process itself holds open is open.</summary>
    public static FileShares Shares => ReadAtFirstUse.Value;

    /// <summary>A socket for a connection to an arm.</summary>
    /// <exception cref="SocketException">No file is left for it (<see cref="SocketError.TooManyOpenSockets"/>).</exception>
    public static Socket SocketToArm(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (socket.Handle < Shares.BeyondArms)
        {
            return socket;
        }

        socket.Dispose();
        throw new SocketException((int)SocketError.TooManyOpenSockets);
    }

    /// <summary>Whether the next file has a number below this one.</summary>
    public static bool IsLeft(long beyond)
    {
        try
        {
            using var next = new Socket(SocketType.Stream, ProtocolType.Tcp);
            return next.Handle < beyond;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
