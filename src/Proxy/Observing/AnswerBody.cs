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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        request.OnBodyAwaited();
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch
        {
            request.OnBodyBroken(cancellationToken.IsCancellationRequested);
            throw;
        }

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
            request.Witness?.OnBody(buffer.Span[..read]);
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
