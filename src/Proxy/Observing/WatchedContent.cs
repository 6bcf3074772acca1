using System.Net;

namespace Snapback.Proxy.Observing;

/// <summary>Puts an <see cref="AnswerBody"/> where the forwarder reads the response.</summary>
internal sealed class WatchedContent(HttpContent inner, ProxiedRequest request, long? length, bool isAllowed) : HttpContent
{
    // Synchronous, since SocketsHttpHandler has the response's stream ready with its head.
    protected override Task<Stream> CreateContentReadStreamAsync() =>
        Task.FromResult<Stream>(new AnswerBody(inner.ReadAsStream(), request, length, isAllowed));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => inner.CopyToAsync(stream, context);

    protected override bool TryComputeLength(out long computed)
    {
        computed = length ?? 0;
        return length is not null;
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
