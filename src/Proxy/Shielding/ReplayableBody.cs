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

    /// <summary>Nothing that was read is lost yet.</summary>
    public bool CanReplay => !_overflowed;

    /// <summary>The next read gets the first byte again. Nobody may be reading.</summary>
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
        if (_position < _length)
        {
            var again = Math.Min(buffer.Length, _length - _position);
            _kept.AsMemory(_position, again).CopyTo(buffer);
            _position += again;
            return again;
        }

        var read = await inner.ReadAsync(buffer, cancellationToken);
        Keep(buffer.Span[..read]);
        return read;
    }

    private void Keep(ReadOnlySpan<byte> read)
    {
        if (_overflowed || read.IsEmpty)
        {
            return;
        }

        if (_length + read.Length > limit)
        {
            _overflowed = true;
            _kept = [];
            (_length, _position) = (0, 0);
            return;
        }

        if (_length + read.Length > _kept.Length)
        {
            Array.Resize(ref _kept, Math.Max(FirstSize, Math.Max(_length + read.Length, 2 * _length)));
        }

        read.CopyTo(_kept.AsSpan(_length));
        _length += read.Length;
        _position = _length;
    }
}
