using System.Runtime.CompilerServices;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The body that an arm sends, while it is read. What is wrong with it is told here, since the forwarder's next act is to break
/// the client's connection; and whoever is waited for is known here: between two reads it is the client. SocketsHttpHandler
/// holds an HTTP/1.1 body to its length, an HTTP/2 body not.
/// </summary>
/// <param name="length">Bytes promised; null if nobody said.</param>
/// <param name="mayBe">False where the status allows no body: its bytes are dropped.</param>
internal sealed class AnswerBody(Stream inner, ProxiedRequest request, long? length, bool mayBe) : ReadOnlyBody
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
            // Of chunks that came with the head the first wrong one is found at once.
            request.OnBodyBroken(e, cancellationToken.IsCancellationRequested);
            throw;
        }

        // What came with the head is there, and no state machine is made to find it.
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
            read = await reading;
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
        // The forwarder asks for nothing first, to hold no buffer while there is nothing.
        if (buffer.IsEmpty)
        {
            return read;
        }

        _read += read;
        if (read > 0 && !mayBe)
        {
            request.OnBodyWrong();
            return 0;
        }

        if (length is { } promised && mayBe && (_read > promised || (read == 0 && _read < promised)))
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
