using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>What becomes known of a rollback after its decision: told until the store takes it, as the rollback itself.</summary>
public sealed partial class RolloutSync
{
    /// <summary>Once per rollback: requests that were in flight may still have hurt a user.</summary>
    private async Task SettleAsync(LiveRollout live, RolloutStatus status, Generation generation, Task<bool> counting)
    {
        await Task.Delay(SettlingTime, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (await counting)
        {
            // Whatever the store takes: nobody else counts them. A next generation may have begun meanwhile.
            var record = live.Settled(status.Rollback!, generation);
            metrics.Settled(status, record);
            LogSettled(status.Name, record.Shielded, record.Victims);
        }

        var isTold = false;
        while (await TrySettleAsync(live, status, generation) is { } why)
        {
            if (!isTold)
            {
                isTold = true;
                LogUnsettled(live.Name, why);
            }

            if (_stop.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(LongestRetry, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Why the store did not take it; null if it did.</returns>
    private async Task<string?> TrySettleAsync(LiveRollout live, RolloutStatus status, Generation generation)
    {
        try
        {
            await TellAsync(live);
            if (LastRecall(live.Plan) is { Ticks: > 0 } last)
            {
                // What was taken back or cut is known only then.
                await Task.Delay(last, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await TellAsync(live);
            }

            foreach (var (replica, tally) in await store.CountedByOthersAsync(status.Name, generation))
            {
                generation.Take(replica, tally, TimeSpan.Zero, time.GetElapsedTime(0));
            }

            // The line was written at the decision, and stands for the version once another has begun.
            if (live.Settled(status.Rollback!, generation).Exposure is { } met)
            {
                await store.SettleAsync(status.Name, status.Generation, met);
            }

            return null;
        }
        catch (StoreUnavailableException e)
        {
            return e.Message;
        }
    }

    /// <summary>So long after a rollback the last request has been taken back (at the latency limit) or cut (at the drain time).</summary>
    private static TimeSpan LastRecall(RolloutPlan plan)
    {
        var (drain, limit) = (plan.Rollback.Drain ?? TimeSpan.Zero, plan.Find(ObjectiveMetric.Latency)?.Limit ?? TimeSpan.Zero);
        return drain > limit ? drain : limit;
    }
}
