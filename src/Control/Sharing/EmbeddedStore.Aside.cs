using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>Rollbacks on their way to the database, which may be away for long, and the process may end meanwhile.</summary>
public sealed partial class EmbeddedStore
{
    private async Task KeptAsideUntil(RolloutStatus status, Func<bool> written)
    {
        if (status.Phase != RolloutPhase.RolledBack)
        {
            await Run(written);
            return;
        }

        // On the pool: a disk that hangs may keep whoever writes to a file, and a rollback waits for nobody.
        await Task.Run(() => _aside.Put(status));
        await Run(written);
        _aside.Take(status);
    }

    /// <summary>What was left there, if it is news: a process may end between its two writes, and names are used again.</summary>
    private RolloutStatus? LeftUntold(string name, RolloutStatus? stored)
    {
        if (_aside.LeftOf(name) is not { } left)
        {
            return null;
        }

        if (stored is not null && left.Created == stored.Created && StatusOrder.Dominates(left, stored))
        {
            return left;
        }

        _aside.Take(left);
        return null;
    }
}
