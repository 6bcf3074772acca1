using System.Net;
using System.Runtime.ExceptionServices;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// An upload that can be sent again from its first byte, if it was short and had been read to its end. SocketsHttpHandler asks for it a second
/// time where an HTTP/2 server has said that it did nothing with the first (GOAWAY with a lower stream, REFUSED_STREAM: RFC 9113, section 8.7), and
/// YARP's own content cannot give it.
/// </summary>
internal sealed class KeptUpload : HttpContent
{
    /// <summary>As the shield keeps by default; of a longer one nothing is kept.</summary>
    private const int Limit = 64 * 1024;
    private const int FirstSize = 1024;

    private readonly HttpContent _inner;
    private byte[] _kept = [];
    private int _length;
    private Task? _first;
    private bool _isWhole;

    public KeptUpload(HttpContent inner)
    {
        _inner = inner;
        foreach (var (name, values) in inner.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    /// <summary>If not, nothing at all was sent of the request: its head goes before.</summary>
    public bool Started => _first is not null;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _first is { } first ? AgainAsync(first, stream, context, cancellationToken) : _first = FirstAsync(stream, context, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task FirstAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // What is here already is read before any of it is written: once a reader was cancelled, as the end of its stream does it, Kestrel
        // gives nothing more of a body.
        using var reading = new CancellationTokenSource();
        var keeper = new Keeper(stream, this);
        var copying = CopyAsync(keeper, context, reading.Token);
        if (copying.IsCompleted)
        {
            await copying;
            _isWhole = true;
            await WriteKeptAsync(stream, 0, _length, cancellationToken);
            return;
        }

        using (cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), reading))
        {
            try
            {
                await keeper.PassOnAsync(cancellationToken);
            }
            catch
            {
                await reading.CancelAsync();
                await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            await copying;
        }

        _isWhole = _length <= Limit;
    }

    private async Task AgainAsync(Task first, Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The first reader may still be at work, although its stream has gone.
        await first.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_isWhole)
        {
            await WriteKeptAsync(stream, 0, _length, cancellationToken);
            return;
        }

        // Says in the framework's words that it was read already.
        await CopyAsync(stream, context, cancellationToken);
    }

    private ValueTask WriteKeptAsync(Stream stream, int from, int to, CancellationToken cancellationToken) =>
        from == to ? default : stream.WriteAsync(_kept.AsMemory(from, to - from), cancellationToken);

    private async Task CopyAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            await _inner.CopyToAsync(stream, context, cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is IOException inner)
        {
            // Only CopyToAsync wraps it; SocketsHttpHandler expects it as it is.
            ExceptionDispatchInfo.Throw(inner);
        }
    }

    private bool TryKeep(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > Limit)
        {
            return false;
        }

        if (_length + bytes.Length > _kept.Length)
        {
            Array.Resize(ref _kept, Math.Min(Limit, Math.Max(FirstSize, 2 * (_length + bytes.Length))));
        }

        bytes.CopyTo(_kept.AsSpan(_length));
        _length += bytes.Length;
        return true;
    }

    private void Forget()
    {
        _length = Limit + 1;
        _kept = [];
    }

    /// <summary>Keeps what it is given until it is told to pass on, and as long as it fits.</summary>
    private sealed class Keeper(Stream inner, KeptUpload upload) : WriteOnlyBody
    {
        private readonly Lock _lock = new();
        private readonly TaskCompletionSource _passing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _passes;

        /// <summary>Writes what was kept, and from then on everything at once.</summary>
        public async Task PassOnAsync(CancellationToken cancellationToken)
        {
            var written = 0;
            while (true)
            {
                int kept;
                lock (_lock)
                {
                    kept = upload._length;
                    if (kept == written)
                    {
                        _passes = true;
                        break;
                    }
                }

                await upload.WriteKeptAsync(inner, written, kept, cancellationToken);
                written = kept;
            }

            await inner.FlushAsync(cancellationToken);
            _passing.SetResult();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (_lock)
            {
                if (!_passes && upload.TryKeep(buffer.Span))
                {
                    return default;
                }
            }

            return PassAsync(buffer, cancellationToken);
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            if (_passing.Task.IsCompleted)
            {
                await inner.FlushAsync(cancellationToken);
            }
        }

        private async ValueTask PassAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            await _passing.Task.WaitAsync(cancellationToken);
            if (!upload.TryKeep(buffer.Span))
            {
                upload.Forget();
            }

            await inner.WriteAsync(buffer, cancellationToken);
        }
    }
}
