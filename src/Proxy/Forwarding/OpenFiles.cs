using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// How many of the process's files connections take. A thread takes files to start, and the runtime ends a process that cannot start one, so
/// the last files are no connection's.
/// </summary>
internal static class OpenFiles
{
    private static readonly Lazy<FileShares> ReadAtFirstUse = new(FileShares.Read);

    /// <summary>Read at the first connection, when most of what the process itself holds open is open.</summary>
    public static FileShares Shares => ReadAtFirstUse.Value;

    /// <summary>A socket for a connection to an arm.</summary>
    /// <exception cref="SocketException">No file is left for it (<see cref="SocketError.TooManyOpenSockets"/>).</exception>
    public static Socket SocketToArm()
    {
        // The system gives a new file the lowest free number: the number tells how many are left. .NET lets a socket whose number was asked try
        // no second address of a name, so another one is asked.
        using (var next = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            if (next.Handle >= Shares.BeyondArms)
            {
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            }
        }

        return new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    }
}
