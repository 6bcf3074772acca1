namespace Snapback.Control.Rollouts;

/// <summary>The board's tick passes by where nothing is open: a hundred looks a second at ten thousand rollouts would take a core.</summary>
public sealed partial class LiveRollout
{
    private int _sleeps = 1;

    /// <summary>Of the thread that ticks.</summary>
    private bool _drowsy;

    /// <summary>Nothing is open, and the tick passes it by.</summary>
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

    /// <summary>After its tick. True says: ask <see cref="FallsAsleep"/> behind a barrier.</summary>
    internal bool IsDrowsy()
    {
        if (!_generation.AwaitsTick)
        {
            _drowsy = true;
            Volatile.Write(ref _sleeps, 1);
        }

        return _drowsy;
    }

    /// <summary>False if something came in between, and it is to be ticked on; true also if its waker has put it in line again.</summary>
    internal bool FallsAsleep()
    {
        if (!_drowsy)
        {
            return false;
        }

        _drowsy = false;
        return !_generation.AwaitsTick || Interlocked.Exchange(ref _sleeps, 0) == 0;
    }
}
