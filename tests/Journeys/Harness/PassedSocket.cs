using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Snapback.Journeys.Harness;

/// <summary>A listening socket as a supervisor keeps one, for processes that come and go.</summary>
internal sealed class PassedSocket : IAsyncDisposable
{
    private const int SetFlags = 2;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public PassedSocket()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen(512);
        // .NET marks every file to be closed in a started process.
        if (SetFlagsOf((int)_socket.Handle, SetFlags, 0) != 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>For clients.</summary>
    public Uri Uri => new($"http://{_socket.LocalEndPoint}");

    /// <summary>For the process that gets it.</summary>
    public string Url => $"http://fd:{_socket.Handle}";

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int SetFlagsOf(int file, int command, int flags);
}
