using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A server may answer an upload before its end and hang up. The framework's client sends all before it reads: the write fails, and the
/// answer that is there (a 413, a 401) would be lost and look like a broken connection. What cannot be sent any more is dropped here
/// as long as there is something to read; where there is not, the write fails as ever, or the read that finds the end does.
/// </summary>
internal sealed class UpstreamStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private volatile bool _isReading;
    private volatile bool _hasHeard;
    private volatile IOException? _unsent;

    /// <summary>A read that is under way ends with the connection, and says by how whether there was an answer.</summary>
    private bool MayHear => _hasHeard || _isReading || Socket.Available > 0;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        (_hasHeard, _isReading) = (false, true);
        return TakeAsync(base.ReadAsync(buffer, cancellationToken), buffer.Length);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_unsent is { } failed)
        {
            return MayHear ? default : ValueTask.FromException(failed);
        }

        var writing = base.WriteAsync(buffer, cancellationToken);
        return writing.IsCompletedSuccessfully ? writing : SendAsync(writing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> TakeAsync(ValueTask<int> reading, int size)
    {
        int read;
        try
        {
            read = await reading;
            _hasHeard = read > 0;
        }
        finally
        {
            _isReading = false;
        }

        // The failed write took the connection's error with it, and what is broken would seem to have ended.
        return read == 0 && size > 0 && _unsent is { } failed ? throw new IOException(failed.Message, failed) : read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ValueTask writing)
    {
        try
        {
            await writing;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } && MayHear)
        {
            _unsent = e;
        }
    }
}
