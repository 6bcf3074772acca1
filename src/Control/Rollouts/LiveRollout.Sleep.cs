namespace Snapback.Control.Rollouts;

/// <summary>
/// A rollout with nothing open sleeps: the board's tick leaves it out, since a hundred looks a second at each of ten thousand rollouts would take
/// a core.
/// </summary>
public sealed partial class LiveRollout
{
    private int _sleeps = 1;

    /// <summary>For the thread that ticks only.</summary>
    private bool _preparedToSleep;

    /// <summary>Nothing is open, and the tick leaves it out.</summary>
    internal bool IsAsleep => Volatile.Read(ref _sleeps) != 0;

    internal void JoinTo(RolloutBoard board)
    {
        Board = board;
        Volatile.Write(ref _sleeps, 0);
        board.Wake(this);
    }

    /// <summary>To be called after everything that a tick has to see: a request sent, an outcome, a doubt.</summary>
    internal void Wake()
    {
        if (IsAsleep && Interlocked.Exchange(ref _sleeps, 0) != 0)
        {
            Board?.Wake(this);
        }
    }

    /// <summary>To be called after its tick.</summary>
    /// <returns>True if nothing is open: <see cref="TrySleep"/> is to be called next, behind a memory barrier.</returns>
    internal bool PrepareToSleep()
    {
        if (!_generation.AwaitsTick)
        {
            _preparedToSleep = true;
            Volatile.Write(ref _sleeps, 1);
        }

        return _preparedToSleep;
    }

    /// <returns>False if it is to be ticked on, since something came in between; true also if its waker has queued it for the board again.</returns>
    internal bool TrySleep()
    {
        if (!_preparedToSleep)
        {
            return false;
        }

        _preparedToSleep = false;
        return !_generation.AwaitsTick || Interlocked.Exchange(ref _sleeps, 0) == 0;
    }
}
