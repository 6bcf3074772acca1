namespace Snapback.Control.Analysis;

/// <summary>
/// A count that many threads add to without waiting for each other. What was added before a read is in it; nothing is allocated before
/// the first addition.
/// </summary>
internal sealed class LaneCounter
{
    private long[]? _lanes;

    public long Value
    {
        get
        {
            var sum = 0L;
            if (Volatile.Read(ref _lanes) is { } lanes)
            {
                for (var at = Lane.Distance; at < lanes.Length; at += Lane.Distance)
                {
                    sum += Volatile.Read(ref lanes[at]);
                }
            }

            return sum;
        }
    }

    public void Add(long count) => Interlocked.Add(ref Lanes()[(Lane.Own + 1) * Lane.Distance], count);

    private long[] Lanes() => Volatile.Read(ref _lanes)
        // The loser of a race counts into the winner's.
        ?? Interlocked.CompareExchange(ref _lanes, new long[(Lane.Count + 1) * Lane.Distance], null)
        ?? _lanes!;
}
