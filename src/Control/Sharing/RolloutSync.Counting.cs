using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>Who counts a rollback, so that a fleet counts it once.</summary>
public sealed partial class RolloutSync
{
    /// <summary>Less than a scrape: a counter of rollbacks that waits for longer would keep an alert waiting.</summary>
    private static readonly TimeSpan PatienceWithOthers = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Several replicas may decide one rollback in the same moment; one record wins, and whoever made it counts. The one that wins may come
    /// when another was counted, so that the store says who was first. While nobody can be asked, each counts its own.
    /// </summary>
    /// <returns>True if it was counted here.</returns>
    private async Task<bool> CountAsync(LiveRollout live, RolloutStatus status, Task telling)
    {
        var began = time.GetTimestamp();
        if (live.Place.Of > 1)
        {
            await Task.WhenAny(telling, Task.Delay(PatienceWithOthers, time, _stop.Token));
            await Task.Delay(SettlingTime, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (live.RollbackOf(status.Generation) is { } holds && holds.Replica != status.Rollback!.Replica || !await IsFirstAsync(status, began))
        {
            return false;
        }

        metrics.RolledBack(status, status.Rollback!);
        return true;
    }

    /// <summary>Asked until then also by one that knows of no others: they may be there, and it has just started.</summary>
    private async Task<bool> IsFirstAsync(RolloutStatus status, long began)
    {
        while (true)
        {
            try
            {
                return await store.IsToCountAsync(status.Name, NewsId.Of(status, "rolled-back", status.Since));
            }
            catch (StoreUnavailableException)
                when (!_stop.IsCancellationRequested && time.GetElapsedTime(began) < PatienceWithOthers + SettlingTime)
            {
                await Task.Delay(FirstRetry, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (StoreUnavailableException)
            {
                return true;
            }
        }
    }
}
