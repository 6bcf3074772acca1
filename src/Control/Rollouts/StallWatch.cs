namespace Snapback.Control.Rollouts;

/// <summary>
/// How long this process did not run when it should have: a paused machine, a container over its CPU limit, a long collection. An answer
/// that came meanwhile is read too late, and a time-out that runs then says nothing of the arm.
/// </summary>
public sealed class StallWatch
{
    /// <summary>Ten ticks of the timer that beats. A busy machine is late by less.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private long _last;
    private long _total;

    /// <summary>All stalls so far, one that lasts until now included.</summary>
    public TimeSpan Total(TimeSpan now)
    {
        var since = now.Ticks - Volatile.Read(ref _last);
        return new TimeSpan(Volatile.Read(ref _total) + (since < Shortest.Ticks || since == now.Ticks ? 0 : since));
    }

    /// <summary>Called every few milliseconds by one timer.</summary>
    public void Beat(TimeSpan now)
    {
        var since = now.Ticks - _last;
        if (_last != 0 && since >= Shortest.Ticks)
        {
            Volatile.Write(ref _total, _total + since);
        }

        Volatile.Write(ref _last, now.Ticks);
    }
}
