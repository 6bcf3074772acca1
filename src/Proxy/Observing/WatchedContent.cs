using System.Net;

namespace Snapback.Proxy.Observing;

/// <summary>Puts an <see cref="AnswerBody"/> where the forwarder reads the response.</summary>
internal sealed class WatchedContent(HttpContent inner, ProxiedRequest request, long? length, bool mayBe) : HttpContent
{
    /// <summary>Without one where there is nothing to be read; a tunnel is both read and written, and only counted.</summary>
    public static void Watch(HttpResponseMessage response, in AnswerHead head, ProxiedRequest request, string method)
    {
        if (head.Switches)
        {
            response.Content = new TunnelContent(response.Content, request);
            return;
        }

        var mayBe = !AnswerRules.IsBodiless(head.Status);
        var length = head.Length;
        // SocketsHttpHandler reads no body of HTTP/1.1 behind these.
        var isHeldToIt = response.Version.Major < 2 && (length == 0 || head.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified);
        if (!HttpMethods.IsHead(method) && !isHeldToIt)
        {
            response.Content = new WatchedContent(response.Content, request, length, mayBe);
        }
    }

    // A response's stream is there with its head: nothing is waited for.
    protected override Task<Stream> CreateContentReadStreamAsync() =>
        Task.FromResult<Stream>(new AnswerBody(inner.ReadAsStream(), request, length, mayBe));

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
