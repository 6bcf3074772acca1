using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Keeps the early answer of a server that hangs up during an upload (a 413, a 401). SocketsHttpHandler fails the request when a write fails,
/// and the answer that has already come would look like a broken connection. Here a failed write is swallowed as long as there may be
/// something to read; otherwise it fails as usual, or the read that finds the end of the connection does. There is one read at a time,
/// as SocketsHttpHandler does it, and a reused value task source instead of a state machine, which was 1 to 2% of a request's CPU time.
/// What the server sends goes through in turns (<see cref="Turn"/>).
/// </summary>
internal sealed class UpstreamStream : NetworkStream, IValueTaskSource<int>
{
    private readonly Action _onRead;
    private ManualResetValueTaskSourceCore<int> _taking;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _reading;
    private int _size;
    private int _read;
    private bool _waited;
    private Turn _turn;
    private volatile IOException? _unsent;

    /// <summary>The last read brought something or is under way: how it ends will tell whether there was an answer.</summary>
    private volatile bool _hears;

    public UpstreamStream(Socket socket)
        : base(socket, ownsSocket: true) => _onRead = OnRead;

    /// <summary>Known to be HTTP/2. Over HTTP/1.1 the end must be told at once: a connection that rests is looked at before it is used again.</summary>
    public bool SpeaksHttp2 { get; set; }

    private bool MayHear => _hears || Socket.Available > 0;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _size = buffer.Length;
        _hears = true;
        var reading = base.ReadAsync(buffer, cancellationToken);
        _reading = reading.ConfigureAwait(false).GetAwaiter();
        _taking.Reset();
        var taking = new ValueTask<int>(this, _taking.Version);
        _waited = !_reading.IsCompleted;
        if (!_waited)
        {
            OnRead();
        }
        else
        {
            _reading.UnsafeOnCompleted(_onRead);
        }

        return taking;
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

    int IValueTaskSource<int>.GetResult(short token) => _taking.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _taking.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _taking.OnCompleted(continuation, state, token, flags);

    private void OnRead()
    {
        int read;
        try
        {
            read = _reading.GetResult();
        }
        catch (Exception e)
        {
            _hears = false;
            _taking.SetException(e);
            return;
        }

        _hears = read > 0;
        if (read == 0 && _size > 0 && _unsent is { } failed)
        {
            // The failed write has consumed the socket's error, so that this read sees an orderly end of a connection that broke.
            _taking.SetException(new IOException(failed.Message, failed));
        }
        else if (read == 0 && _size > 0 && SpeaksHttp2)
        {
            // A server of HTTP/2 says goodbye and hangs up, and both are read on the socket's thread, before requests that wait for their turn
            // on this connection have run: told of the goodbye first, they go to another connection, and told of the end, they fail.
            ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.End(), this, preferLocal: false);
        }
        else if (_turn.IsOver(read, _waited))
        {
            _read = read;
            ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.Tell(), this, preferLocal: false);
        }
        else
        {
            _taking.SetResult(read);
        }
    }

    private void End() => _taking.SetResult(0);

    private void Tell() => _taking.SetResult(_read);

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
