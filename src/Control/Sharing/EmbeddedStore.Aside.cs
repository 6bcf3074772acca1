using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>What was lowered, on its way to the database, which may be away for long, and the process may end meanwhile.</summary>
public sealed partial class EmbeddedStore
{
    private async Task KeptAsideUntil(RolloutStatus status, Func<bool> written)
    {
        // On the pool: a disk that hangs may keep whoever writes to a file, and whoever lowers waits for nobody.
        await Task.Run(() => _aside.Put(status));
        if (await Run(written))
        {
            _aside.Take(status);
        }
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
