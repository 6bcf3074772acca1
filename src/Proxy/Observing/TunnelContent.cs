using System.Net;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Observing;

/// <summary>An upgraded connection: the arm's bytes are counted and its close frame is noticed; nothing else of a tunnel is read.</summary>
internal sealed class TunnelContent(HttpContent inner, ProxiedRequest request) : HttpContent
{
    /// <summary>For the arm's last words to a client that has ended its half. A choice: as long as the arm itself would wait for a silent peer.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _clientGone = new();

    /// <summary>
    /// The client sends no more. Its arm cannot be told so without ending the other half too, and may ping it for ever: the tunnel ends a moment
    /// later, as it does at once over HTTP/1.1.
    /// </summary>
    public void OnClientEnded() => _clientGone.CancelAfter(LastWords);

    protected override async Task<Stream> CreateContentReadStreamAsync() => new Tunnel(await inner.ReadAsStreamAsync(), request, _clientGone.Token);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => inner.CopyToAsync(stream, context);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _clientGone.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Tunnel(Stream inner, ProxiedRequest request, CancellationToken clientGone) : DuplexBody(inner)
    {
        private CancellationTokenSource? _reading;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // The forwarder reads with one token all along.
            _reading ??= CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clientGone);
            int read;
            try
            {
                read = await Inner.ReadAsync(buffer, _reading.Token);
            }
            catch (OperationCanceledException) when (clientGone.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                request.OnTunnelLeft();
                return 0;
            }

            request.OnTunnelled(buffer.Span[..read]);
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            request.OnTunnelAsked();
            return base.WriteAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _reading?.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
