using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// What a client sends, in turns. A socket's thread takes bytes, hands them on and takes more as long as there are any: of a client that
/// sends quicker than it is served (an upload, or requests one behind the other) it would serve nobody else. After a turn the thread pool goes on, the
/// pipe fills up to its limit, and the socket's thread is free.
/// </summary>
internal sealed class ClientInput : PipeReader, IDuplexPipe
{
    /// <summary>Of 4 KB at most.</summary>
    private const int Reads = 16;

    /// <summary>In milliseconds, as the clock's ticks allow: a client that waits for its answers makes fewer reads in it.</summary>
    private const int Brief = 5;

    private readonly PipeReader _inner;
    private long _began;
    private int _reads;

    private ClientInput(IDuplexPipe inner) => (_inner, Output) = (inner.Input, inner.Output);

    PipeReader IDuplexPipe.Input => this;

    public PipeWriter Output { get; }

    public static void Watch(ConnectionContext connection) => connection.Transport = new ClientInput(connection.Transport);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (++_reads == Reads)
        {
            var (now, began) = (Environment.TickCount64, _began);
            (_began, _reads) = (now, 0);
            if (now - began < Brief)
            {
                return ReadLaterAsync(cancellationToken);
            }
        }

        return _inner.ReadAsync(cancellationToken);
    }

    public override bool TryRead(out ReadResult result) => _inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => _inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadLaterAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await _inner.ReadAsync(cancellationToken);
    }
}
