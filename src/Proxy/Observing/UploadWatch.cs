namespace Snapback.Proxy.Observing;

/// <summary>
/// A request body that tells when it was read to its end. The arm's latency begins there: a client that uploads a byte a
/// second must not make the canary look slow.
/// </summary>
internal sealed class UploadWatch(Stream inner, ProxiedRequest request) : Stream
{
    private bool _ended;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        request.OnUploadAwaited();
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch when (!cancellationToken.IsCancellationRequested)
        {
            request.OnUploadBroken();
            throw;
        }

        request.OnUploadReceived();
        if (read == 0 && buffer.Length > 0 && !_ended)
        {
            _ended = true;
            request.OnUploaded();
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A synchronous read would block a socket thread.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
