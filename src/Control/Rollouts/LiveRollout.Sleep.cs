namespace Snapback.Control.Rollouts;

/// <summary>The board's tick passes by where nothing is open: a hundred looks a second at ten thousand rollouts would take a core.</summary>
public sealed partial class LiveRollout
{
    /// <summary>The budget of replays slides by the tick's samples; after so long it has nothing to forget.</summary>
    private static readonly TimeSpan Quiet = ReplayBudget.Window;

    private int _sleeps = 1;

    // Of the thread that ticks.
    private bool _drowsy;
    private TimeSpan _quietSince;

    /// <summary>Nothing has come for so long that the tick passes it by.</summary>
    internal bool Sleeps => Volatile.Read(ref _sleeps) != 0;

    internal void JoinTo(RolloutBoard board)
    {
        Board = board;
        Volatile.Write(ref _sleeps, 0);
        board.Wake(this);
    }

    /// <summary>To be called after everything that a tick has to see: a request sent, an outcome, a doubt.</summary>
    internal void Wake()
    {
        if (Sleeps && Interlocked.Exchange(ref _sleeps, 0) != 0)
        {
            Board?.Wake(this);
        }
    }

    internal void StayAwake(TimeSpan now) => (_drowsy, _quietSince) = (false, now);

    /// <summary>True says: ask <see cref="FallsAsleep"/> behind a barrier.</summary>
    internal bool IsDrowsy(TimeSpan now)
    {
        if (_generation.AwaitsTick)
        {
            _quietSince = now;
        }
        else if (now - _quietSince >= Quiet)
        {
            _drowsy = true;
            Volatile.Write(ref _sleeps, 1);
        }

        return _drowsy;
    }

    /// <summary>False if something came in between, and it is to be ticked on; true also if its waker has put it in line again.</summary>
    internal bool FallsAsleep(TimeSpan now)
    {
        if (!_drowsy || !_generation.AwaitsTick)
        {
            return _drowsy;
        }

        StayAwake(now);
        return Interlocked.Exchange(ref _sleeps, 0) == 0;
    }
}
