using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Shadowing;

/// <summary>Discards the answer to a copy. After its first megabyte the answer counts as good and the rest of the download is cancelled.</summary>
internal sealed class ShadowSink(HttpContext copy, CancellationTokenSource whole) : Stream
{
    /// <summary>In bytes.</summary>
    private const long Enough = 1024 * 1024;

    private long _seen;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _seen += buffer.Length;
        if (_seen > Enough)
        {
            ProxiedRequest.Of(copy)?.OnEnough();
            whole.Cancel();
        }

        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
