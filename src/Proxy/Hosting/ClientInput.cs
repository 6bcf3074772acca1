using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// What a client sends, in turns. A socket's thread takes bytes, hands them on and takes more as long as there are any: of a client that
/// sends quicker than it is served (an upload, or requests one behind the other) it would serve nobody else. After a turn the thread pool
/// goes on, the pipe fills up to its limit, and the socket's thread is free.
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
    private Turn _turn;
    private bool _isOver;

    private ClientInput(IDuplexPipe inner) => (_inner, Output) = (inner.Input, inner.Output);

    PipeReader IDuplexPipe.Input => this;

    public PipeWriter Output { get; }

    public static void Watch(ConnectionContext connection) => connection.Transport = new ClientInput(connection.Transport);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_isOver)
        {
            _isOver = false;
            return ReadLaterAsync(cancellationToken);
        }

        if (++_reads == Reads)
        {
            var (now, began) = (Environment.TickCount64, _began);
            (_began, _reads) = (now, 0);
            if (now - began < Brief)
            {
                return ReadLaterAsync(cancellationToken);
            }
        }

        var reading = _inner.ReadAsync(cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            _turn.IsOver(0, waited: true);
            return reading;
        }

        var result = reading.Result;
        Count(result);
        return new ValueTask<ReadResult>(result);
    }

    /// <summary>
    /// False also after a turn: what is left of an upload that was answered is thrown away by trying, and each part that is thrown away makes room
    /// for the next on the same thread.
    /// </summary>
    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (_isOver || !_inner.TryRead(out result))
        {
            return false;
        }

        Count(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => _inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

    /// <summary>Bytes that were there already. Most of them may be left for the next read, and count once more then.</summary>
    private void Count(ReadResult result) => _isOver = _turn.IsOver((int)Math.Min(result.Buffer.Length, Turn.Share / 2), waited: false);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadLaterAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await _inner.ReadAsync(cancellationToken);
    }
}
