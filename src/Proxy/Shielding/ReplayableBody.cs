using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Shielding;

/// <summary>
/// A request body that remembers what was read of it, up to a limit, so that a second reader begins at its start and goes on
/// where the first one stopped. Past the limit it forgets and only passes on.
/// </summary>
internal sealed class ReplayableBody(Stream inner, int limit) : ReadOnlyBody
{
    private const int FirstSize = 4096;

    private byte[] _kept = [];
    private int _length;
    private int _position;
    private bool _overflowed;

    /// <summary>
    /// The read under way from the client. It is not cancelled when a reader is: once a read was cancelled, Kestrel gives nothing more of a body
    /// with a Content-Length, to any reader.
    /// </summary>
    private Task<int>? _reading;

    private CancellationTokenSource? _requestEnds;

    /// <summary>All that was read is still kept.</summary>
    public bool CanReplay => !_overflowed;

    /// <summary>The next read begins at the first byte. Not to be called while a read is under way.</summary>
    /// <exception cref="InvalidOperationException">The body was longer than the limit.</exception>
    public void Rewind()
    {
        if (_overflowed)
        {
            throw new InvalidOperationException("The start of this body was not kept.");
        }

        _position = 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == _length)
        {
            if (_overflowed)
            {
                _kept = [];
                return await inner.ReadAsync(buffer, cancellationToken);
            }

            await KeepMoreAsync(cancellationToken);
        }

        var read = Math.Min(buffer.Length, _length - _position);
        _kept.AsMemory(_position, read).CopyTo(buffer);
        _position += read;
        return read;
    }

    /// <summary>
    /// Ends the read under way, for the end of the request: Kestrel reads the rest of the body itself then, and a read beside its own would cost
    /// the client's connection.
    /// </summary>
    public override async ValueTask DisposeAsync()
    {
        if (_reading is { IsCompleted: false } reading)
        {
            await _requestEnds!.CancelAsync();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _requestEnds?.Dispose();
        await base.DisposeAsync();
    }

    private async ValueTask KeepMoreAsync(CancellationToken cancellationToken)
    {
        if (_reading is null)
        {
            if (_length == _kept.Length)
            {
                // One byte over the limit shows that there is more.
                Array.Resize(ref _kept, Math.Min(Math.Max(FirstSize, 2 * _length), limit + 1));
            }

            _requestEnds ??= new CancellationTokenSource();
            _reading = inner.ReadAsync(_kept.AsMemory(_length), _requestEnds.Token).AsTask();
        }

        _length += await _reading.WaitAsync(cancellationToken);
        _reading = null;
        _overflowed = _length > limit;
    }
}
