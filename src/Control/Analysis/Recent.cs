namespace Snapback.Control.Analysis;

/// <summary>One bad response: which one it was, counting all responses from 1, and when.</summary>
internal readonly record struct Failure(long Number, TimeSpan At);

/// <summary>
/// What is known of each of the last bad responses, for finding out what an alarm is about. It takes memory as they come: most arms of ten
/// thousand rollouts fail seldom or never. Not thread-safe.
/// </summary>
internal sealed class Recent<T>
{
    /// <summary>An alarm at twice the budget takes some 40 failures; 64 see the whole of it.</summary>
    public const int Capacity = 64;

    /// <summary>The ring grows to 4, 16 and 64: a dead canary is rolled back at its second failure and needs the first size only.</summary>
    private const int Growth = 4;

    private T[] _ring = [];
    private int _next;

    public int Count { get; private set; }

    /// <param name="age">0 is the newest; below <see cref="Count"/>.</param>
    public T this[int age] => _ring[(_next - 1 - age + Capacity) % Capacity];

    public void Add(T item)
    {
        if (_next == _ring.Length)
        {
            Array.Resize(ref _ring, Math.Max(Growth, Growth * _ring.Length));
        }

        _ring[_next] = item;
        _next = (_next + 1) % Capacity;
        Count = Math.Min(Count + 1, Capacity);
    }

    /// <summary>Newest first; returns how many there are.</summary>
    public int CopyTo(Span<T> destination)
    {
        for (var age = 0; age < Count; age++)
        {
            destination[age] = this[age];
        }

        return Count;
    }
}
