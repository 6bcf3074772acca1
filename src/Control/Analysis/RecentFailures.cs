namespace Snapback.Control.Analysis;

/// <summary>One bad response: which one it was, counting all responses from 1, and when.</summary>
internal readonly record struct Failure(long Number, TimeSpan At);

/// <summary>The last bad responses, for finding out what an alarm is about. Not thread-safe.</summary>
internal sealed class RecentFailures
{
    /// <summary>An alarm at twice the budget takes some 40 failures; 64 see the whole of it.</summary>
    public const int Capacity = 64;

    private readonly Failure[] _ring = new Failure[Capacity];
    private int _count;
    private int _next;

    public void Add(Failure failure)
    {
        _ring[_next] = failure;
        _next = (_next + 1) % Capacity;
        _count = Math.Min(_count + 1, Capacity);
    }

    /// <summary>Newest first; returns how many there are.</summary>
    public int CopyTo(Span<Failure> destination)
    {
        for (var i = 0; i < _count; i++)
        {
            destination[i] = _ring[(_next - 1 - i + Capacity) % Capacity];
        }

        return _count;
    }
}
