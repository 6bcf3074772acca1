using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Notifying;

/// <summary>
/// Tells everything that happens to a rollout once per fleet: fresh news by the replica that made them, and what is left in the outbox
/// (its teller was killed, or is gone) by the holder of the lease. While the store is away nobody can be asked, and whoever knows tells.
/// </summary>
public sealed partial class NewsTeller(
    RolloutFeed feed, RolloutBoard board, IOutbox outbox, IRolloutLease lease, Notifier notifier, HookPoster hooks,
    TimeProvider time, ILogger<NewsTeller> logger)
{
    /// <summary>A third of what a claim lasts.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    /// <summary>Of what happened a day ago nobody is called any more; it stands in the history.</summary>
    private static readonly TimeSpan Oldest = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, bool> _telling = new(StringComparer.Ordinal);

    /// <summary>What was told while the store was away, and is not marked yet.</summary>
    private readonly ConcurrentQueue<RolloutNews> _unmarked = new();

    private readonly ConcurrentDictionary<Task, bool> _running = new();

    /// <summary>What this replica changed, at once.</summary>
    public async Task TellFreshAsync(CancellationToken stop)
    {
        await foreach (var news in feed.News.ReadAllAsync(stop))
        {
            // Not awaited: a receiver that hangs holds up nobody else's news.
            Track(TellAsync(news, isFresh: true, stop));
        }
    }

    /// <summary>What nobody told, once it is seen in the outbox.</summary>
    public async Task TellLeftAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        do
        {
            try
            {
                await LookAsync(stop);
            }
            catch (StoreUnavailableException)
            {
                // The store says so itself.
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    /// <summary>Once both loops have ended: nobody asks the store after this.</summary>
    public Task EndAsync() => Task.WhenAll(_running.Keys);

    private void Track(Task task)
    {
        _running[task] = true;
        task.ContinueWith(done => _running.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task LookAsync(CancellationToken stop)
    {
        while (_unmarked.TryPeek(out var told))
        {
            await outbox.ToldAsync(told.Plan.Name, told.Id, time.GetUtcNow());
            _unmarked.TryDequeue(out _);
        }

        foreach (var entry in await outbox.PendingAsync(board.Each.Select(live => live.Name).Where(lease.IsHeld)))
        {
            if (!board.TryGet(entry.Status.Name, out var live))
            {
                continue;
            }

            var news = RolloutNews.Of(entry, live.Plan, live.Status);
            if (time.GetUtcNow() - news.At < Oldest)
            {
                Track(TellAsync(news, isFresh: false, stop));
            }
            else
            {
                LogTooOld(live.Name, news.Kind, news.At);
                await outbox.ToldAsync(live.Name, news.Id, time.GetUtcNow());
            }
        }
    }

    private async Task TellAsync(RolloutNews news, bool isFresh, CancellationToken stop)
    {
        if (!_telling.TryAdd(news.Id, true))
        {
            return;
        }

        try
        {
            if (await IsOursAsync(news, isFresh))
            {
                await TellEverybodyAsync(news, stop);
                await MarkAsync(news);
            }
        }
        catch (OperationCanceledException)
        {
            LogLeft(news.Plan.Name, news.Kind);
        }
#pragma warning disable CA1031 // Nobody awaits this: what is not caught here is never said.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, news.Plan.Name, news.Kind);
        }
        finally
        {
            _telling.TryRemove(news.Id, out _);
        }
    }

    private async Task<bool> IsOursAsync(RolloutNews news, bool isFresh)
    {
        try
        {
            if (isFresh && !news.IsHistory)
            {
                await outbox.PutAsync(news.ToOutbox());
            }

            return await outbox.ClaimAsync(news.Plan.Name, news.Id) switch
            {
                Claim.Mine => true,
                Claim.Others => false,

                // The rollout was deleted since and its outbox with it, or the store has lost it, or never took it because another replica's
                // view won: then it is not what holds here.
                _ => isFresh && (!board.TryGet(news.Plan.Name, out var live) || StatusOrder.Key(live.Status) == StatusOrder.Key(news.Status)),
            };
        }
        catch (StoreUnavailableException)
        {
            return isFresh;
        }
    }

    private async Task TellEverybodyAsync(RolloutNews news, CancellationToken stop)
    {
        var telling = Task.WhenAll(notifier.TellAsync(news, stop), hooks.TellAsync(news, stop));
        while (await Task.WhenAny(telling, Task.Delay(Renewal, time, stop)) != telling && !stop.IsCancellationRequested)
        {
            try
            {
                await outbox.ClaimAsync(news.Plan.Name, news.Id);
            }
            catch (StoreUnavailableException)
            {
                // Then another may tell it too: rather twice than never.
            }
        }

        await telling;
    }

    private async Task MarkAsync(RolloutNews news)
    {
        try
        {
            await outbox.ToldAsync(news.Plan.Name, news.Id, time.GetUtcNow());
        }
        catch (StoreUnavailableException)
        {
            _unmarked.Enqueue(news);
        }
    }

    [LoggerMessage(
        EventIds.NewsLeft,
        LogLevel.Warning,
        "Rollout {Rollout}: not everybody was told of '{Kind}' before the process ended; another replica tells it, or this one after its next start.")]
    private partial void LogLeft(string rollout, string kind);

    [LoggerMessage(
        EventIds.NewsTooOld,
        LogLevel.Error,
        "Rollout {Rollout}: nobody was told of '{Kind}' at {At:u}, and it is too old to be told now.")]
    private partial void LogTooOld(string rollout, string kind, DateTimeOffset at);

    [LoggerMessage(EventIds.NewsFailed, LogLevel.Error, "Rollout {Rollout}: telling of '{Kind}' failed; it is tried again.")]
    private partial void LogFailed(Exception why, string rollout, string kind);
}
