namespace Snapback.Control.Rollouts;

/// <summary>
/// Failed checks and hooks of one generation that count together, as Flagger counts: all of them in one number that nothing
/// resets, and what fails in the same interval once. Thread-safe.
/// </summary>
/// <param name="limit">So many are too many; at least 1.</param>
public sealed class FailedChecks(int limit)
{
    /// <summary>No answer is late by so many intervals.</summary>
    private const int Remembered = 64;

    private readonly Lock _lock = new();
    private readonly Queue<TimeSpan> _counted = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool IsBroken => Count >= limit;

    /// <param name="asked">When it was asked, monotonic: two that are asked together fail together, however long their answers take.</param>
    /// <param name="interval">At which it is asked; half of one apart is the same interval, since asking is never exactly on time.</param>
    public void Add(TimeSpan asked, TimeSpan interval)
    {
        lock (_lock)
        {
            if (_counted.Any(counted => (asked - counted).Duration() < interval / 2))
            {
                return;
            }

            _counted.Enqueue(asked);
            if (_counted.Count > Remembered)
            {
                _counted.Dequeue();
            }

            Volatile.Write(ref _count, _count + 1);
        }
    }

    /// <summary>"2 of 5 failed checks in all".</summary>
    public override string ToString() => $"{Count} of {limit} failed {Counted.Noun(limit, "check")} in all";
}
