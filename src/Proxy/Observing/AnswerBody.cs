using System.Runtime.CompilerServices;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The body that an arm sends, while it is read. What is wrong with it is observed here, before the forwarder breaks the client's
/// connection for it; and here it is known who is waited for: during a read the arm, between two reads the client. The length is
/// checked here because SocketsHttpHandler checks it for HTTP/1.1 only, not for HTTP/2.
/// </summary>
/// <param name="length">The Content-Length in bytes; null without one.</param>
/// <param name="isAllowed">False where the status allows no body: its bytes are dropped.</param>
internal sealed class AnswerBody(Stream inner, ProxiedRequest request, long? length, bool isAllowed) : ReadOnlyBody
{
    private long _read;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        request.OnBodyAwaited();
        ValueTask<int> reading;
        try
        {
            reading = inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e)
        {
            // A malformed chunk that came in one piece with the head is found without waiting.
            request.OnBodyBroken(e, cancellationToken.IsCancellationRequested);
            throw;
        }

        // Bytes that came with the head are there already: no state machine is made for them.
        return reading.IsCompletedSuccessfully
            ? new ValueTask<int>(Took(buffer.Span, reading.Result))
            : TakeAsync(reading, buffer, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> TakeAsync(ValueTask<int> reading, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = request.HoldsStreamsHead ? await request.AwaitFirstAsync(reading.AsTask(), cancellationToken) : await reading;
        }
        catch (Exception e)
        {
            request.OnBodyBroken(e, cancellationToken.IsCancellationRequested);
            throw;
        }

        return Took(buffer.Span, read);
    }

    private int Took(ReadOnlySpan<byte> buffer, int read)
    {
        // YARP begins with a read of no bytes, so that it rents no buffer while there is nothing to read.
        if (buffer.IsEmpty)
        {
            return read;
        }

        _read += read;
        if (read > 0 && !isAllowed)
        {
            request.OnBodyWrong();
            return 0;
        }

        if (length is { } promised && isAllowed && (_read > promised || (read == 0 && _read < promised)))
        {
            request.OnBodyWrong();
            throw new IOException($"The response has {_read} bytes so far, and promised {promised}.");
        }

        if (read > 0)
        {
            request.Witness?.OnBody(buffer[..read]);
            request.OnBodyHandedOver(read);
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
