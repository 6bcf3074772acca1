using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Shadowing;

/// <summary>Discards the answer to a copy. After its first megabyte the answer counts as good and the rest of the download is cancelled.</summary>
internal sealed class ShadowSink(HttpContext copy, CancellationTokenSource whole) : WriteOnlyBody
{
    /// <summary>In bytes.</summary>
    private const long Enough = 1024 * 1024;

    private long _seen;

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

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
