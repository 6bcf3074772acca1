namespace Snapback.Control.Rollouts;

/// <summary>
/// When this process did not run though it should have: a paused machine, a long collection. An answer that came meanwhile is read too
/// late: the time is no arm's. A CPU limit mostly holds a process back for less than the shortest. One thread beats, any may ask.
/// </summary>
public sealed class StallWatch
{
    /// <summary>A shorter gap is no stall: it is ten ticks of the thread that beats, and a busy machine is late by less.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>So many stalls last for more than 25 s together; only a process that hardly runs at all has more of them within one request.</summary>
    private const int Kept = 256;

    private volatile Stall[] _stalls = [];
    private long _last;

    /// <summary>How much of the time between two moments was a stall's; one that lasts until now included.</summary>
    public TimeSpan Between(TimeSpan from, TimeSpan to)
    {
        // In this order: whoever reads the beat after the stalls may miss the one that it ended.
        var last = new TimeSpan(Volatile.Read(ref _last));
        var stalls = _stalls;
        var since = stalls is [.., var newest] && newest.To > last ? newest.To : last;
        var sum = last > TimeSpan.Zero && to - since >= Shortest ? new Stall(since, to).Within(from, to) : TimeSpan.Zero;
        for (var i = stalls.Length - 1; i >= 0 && stalls[i].To > from; i--)
        {
            sum += stalls[i].Within(from, to);
        }

        return sum;
    }

    /// <summary>Called every few milliseconds by one thread, which is nobody else's.</summary>
    public void Beat(TimeSpan now)
    {
        var last = new TimeSpan(_last);
        if (last > TimeSpan.Zero && now - last >= Shortest)
        {
            _stalls = [.. _stalls.TakeLast(Kept - 1), new Stall(last, now)];
        }

        Volatile.Write(ref _last, now.Ticks);
    }

    private readonly record struct Stall(TimeSpan From, TimeSpan To)
    {
        public TimeSpan Within(TimeSpan from, TimeSpan to)
        {
            var (begins, ends) = (From > from ? From : from, To < to ? To : to);
            return ends > begins ? ends - begins : TimeSpan.Zero;
        }
    }
}
