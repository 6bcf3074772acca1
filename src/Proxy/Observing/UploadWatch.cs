using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The client's body, timed. The arm's latency begins when it was read to its end: a client that uploads a byte a second must not make
/// the canary look slow.
/// </summary>
internal sealed class UploadWatch(Stream inner, ProxiedRequest request) : ReadOnlyBody
{
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        request.OnUploadAwaited();
        int read;
        try
        {
            var reading = inner.ReadAsync(buffer, cancellationToken);
            if (!reading.IsCompleted)
            {
                request.OnUploadWaits();
            }

            read = await reading;
        }
        catch when (!cancellationToken.IsCancellationRequested)
        {
            request.OnUploadBroken();
            throw;
        }

        request.OnUploadReceived(read);
        if (read == 0 && buffer.Length > 0 && !_ended)
        {
            _ended = true;
            request.OnUploaded();
        }

        return read;
    }
}
