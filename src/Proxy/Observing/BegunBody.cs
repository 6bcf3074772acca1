namespace Snapback.Proxy.Observing;

/// <summary>The first read of a body, which was begun before the one who copies it asked.</summary>
/// <param name="reading">How many bytes there are.</param>
/// <param name="buffer">Where they are; empty for a read that only waits until there are some.</param>
internal sealed class BegunBody(Task<int> reading, byte[] buffer)
{
    private int _given;

    public bool HasEnded { get; private set; }

    /// <returns>Bytes given; 0 for a read of nothing, and as the last word of one that only waited.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        var read = await reading;
        if (buffer.Length > 0 && destination.IsEmpty)
        {
            return 0;
        }

        var count = Math.Min(read - _given, destination.Length);
        buffer.AsSpan(_given, count).CopyTo(destination.Span);
        _given += count;
        HasEnded = _given == read;
        return count;
    }
}
