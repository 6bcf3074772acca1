namespace Snapback.Control.Rollouts;

/// <summary>Counts who meets the canary, in memory of a fixed size: no user is kept, not even as a hash.</summary>
public sealed class ExposureLedger
{
    private readonly DistinctCount _users = new();
    private long _requests;
    private long _bytes;
    private long _first;
    private long _last;
    private object? _anchor;

    public long Requests => Volatile.Read(ref _requests);

    public long Users => _users.Estimate;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>A request goes to the canary. Not at its end: who listens to a stream for hours has met the canary all the while.</summary>
    /// <param name="user">Stands for one user: a hash of their key or address, or a drawn number.</param>
    /// <param name="now">Monotonic.</param>
    public void Meet(ulong user, TimeSpan now)
    {
        Interlocked.CompareExchange(ref _first, now.Ticks, 0);
        Volatile.Write(ref _last, now.Ticks);
        Interlocked.Increment(ref _requests);
        _users.Add(user);
    }

    /// <summary>It has ended.</summary>
    /// <param name="bytes">What the canary sent for it.</param>
    /// <param name="now">Monotonic.</param>
    public void Part(long bytes, TimeSpan now)
    {
        Volatile.Write(ref _last, now.Ticks);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Null while nobody has met it.</summary>
    public Exposure? Of(Moment now)
    {
        var requests = Requests;
        if (requests == 0)
        {
            return null;
        }

        // One pair of clocks for all time, so that looking again does not move what was.
        var anchor = (Moment)(Interlocked.CompareExchange(ref _anchor, now, null) ?? now);
        // Who is first to count may have begun a moment after whoever is last to.
        var (first, last) = (Volatile.Read(ref _first), Volatile.Read(ref _last));
        return new Exposure(requests, Users, Bytes, Wall(first), Wall(Math.Max(first, last)));

        DateTimeOffset Wall(long ticks) => anchor.Wall + (TimeSpan.FromTicks(ticks) - anchor.Monotonic);
    }
}
