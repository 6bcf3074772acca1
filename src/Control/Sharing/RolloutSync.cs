using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Snapback.Control.Rollouts;
using Snapback.Control.Telemetry;

namespace Snapback.Control.Sharing;

/// <summary>
/// The way down: what this replica did in memory by itself is told to the store afterwards, again and again until it takes it.
/// A rollback never waits for this.
/// </summary>
public sealed partial class RolloutSync(
    IRolloutStore store, RolloutMetrics metrics, TimeProvider time, ILogger<RolloutSync> logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    /// <summary>Long enough for most requests in flight to end; afterwards the record's late counts are final.</summary>
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(2);

    /// <summary>Whoever tells the outside world waits so long for the store, and then no longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<Change> _lowered = Channel.CreateUnbounded<Change>();
    private readonly ConcurrentDictionary<LiveRollout, RolloutStatus> _logged = new();
    private readonly ConcurrentDictionary<Task, bool> _telling = new();
    private readonly ConditionalWeakTable<LiveRollout, SemaphoreSlim> _one = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Where the outside world hears of it.</summary>
    public RolloutFeed Feed { get; } = new();

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Called on the request's own thread: notes the change and returns.</summary>
    public void Lowered(LiveRollout live)
    {
        metrics.Unshared.Inc();
        _lowered.Writer.TryWrite(new Change(live, live.Status, live.Plan, live.Generation));
    }

    /// <summary>What the process before this one lowered and could not tell; it was logged and counted there.</summary>
    public void TakeUp(LiveRollout live)
    {
        _logged[live] = live.Status;
        LogTakenUp(live.Name, live.Status.Weight.Percent, live.Status.Rollback?.Explanation ?? live.Status.Reason);
        Lowered(live);
    }

    /// <summary>Tells the store what holds in memory, once per change.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot take it now.</exception>
    public async Task TellAsync(LiveRollout live)
    {
        // One after another of one rollout: in a cluster, another's server may be the one that does not answer.
        var one = _one.GetValue(live, _ => new SemaphoreSlim(1, 1));
        await one.WaitAsync();
        try
        {
            var now = Moment.Now(time);
            while (live.Unstored(now.Monotonic) is var (status, told))
            {
                var isNew = StatusOrder.Key(told) != StatusOrder.Key(status);
                var (kind, sentence) = Announcement.Of(live.Plan, told, status);
                if (await store.JoinAsync(status, isNew ? HistoryEntry.Of(kind, status, status.ChangedAt(told, now.Wall), sentence) : null) is { } beside)
                {
                    live.MoveBehind(status.Generation, beside);
                    continue;
                }

                live.MarkStored(status);
                return;
            }
        }
        finally
        {
            one.Release();
        }
    }

    public void Forget(LiveRollout live)
    {
        live.Forget();
        _logged.TryRemove(live, out _);
    }

    public async ValueTask DisposeAsync()
    {
        _lowered.Writer.TryComplete();
        await _loop;

        // Whoever waits to try again, or for late counts, does so once more now and gives up.
        await _stop.CancelAsync();
        await Task.WhenAll(_telling.Keys);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (var (live, status, plan, generation) in _lowered.Reader.ReadAllAsync())
        {
            var last = _logged.GetValueOrDefault(live);
            var isNew = (last?.Generation, last?.Revision) != (status.Generation, status.Revision);
            var isRollback = status.Rollback is not null && (last?.Generation != status.Generation || last.Rollback is null);
            _logged[live] = status;
            RolloutNews? news = null;
            if (isNew)
            {
                // Counted now, some moments after the decision: it is the word's own count that is told.
                var counted = live.Snapshot(TimeSpan.Zero).Status;
                var told = counted.Generation == status.Generation && counted.Rollback is not null ? counted : status;
                Log(told, isRollback);
                // Of what was lowered before, commands may have led elsewhere: only the revision right behind it began there.
                var before = last?.Generation == status.Generation && last.Revision + 1 == status.Revision
                    ? last
                    : status with { Phase = RolloutPhase.Progressing, Warning = null };
                var (kind, sentence) = Announcement.Of(plan, before, told);
                news = new RolloutNews(plan, told, kind, sentence, time.GetUtcNow());
            }

            // Not awaited: while the store is away, the next rollout's rollback is logged and counted all the same.
            // Another replica's record may have come before this one's own: its replica counts it, and knows what became of who was in flight.
            Track(TellAndSettleAsync(live, status, isRollback && live.IsOwn(status.Rollback!) ? generation : null, news));
        }
    }

    private async Task TellAndSettleAsync(LiveRollout live, RolloutStatus status, Generation? rolledBack, RolloutNews? news)
    {
        var telling = TellUntilTakenAsync(live);
        var counting = Task.FromResult(false);
        if (rolledBack is not null)
        {
            Track(WatchDeadlineAsync(live.Plan, status, telling));
            Track(counting = CountAsync(live, status, telling));
        }

        if (news is not null)
        {
            await Task.WhenAny(telling, Task.Delay(Patience, time, _stop.Token));
            Feed.Publish(news);
        }

        if (await telling)
        {
            metrics.Unshared.Dec();
            if (rolledBack is not null)
            {
                await SettleAsync(live, status, rolledBack, counting);
            }
        }
    }

    private async Task<bool> TellUntilTakenAsync(LiveRollout live)
    {
        var wait = FirstRetry;
        while (true)
        {
            try
            {
                await TellAsync(live);
                if (wait > FirstRetry)
                {
                    LogToldAtLast(live.Name);
                }

                return true;
            }
            catch (StoreUnavailableException e)
            {
                LogUntold(live.Name, e.Message, wait.TotalMilliseconds);
            }

            if (_stop.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(wait, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = wait * 2 < LongestRetry ? wait * 2 : LongestRetry;
        }
    }

    /// <summary>Complete is a rollback that the store knows too; whoever waits for it is told when the deadline passes, not after.</summary>
    private async Task WatchDeadlineAsync(RolloutPlan plan, RolloutStatus status, Task telling)
    {
        var record = status.Rollback!;
        var left = record.Deadline - record.Took;
        if (left > TimeSpan.Zero)
        {
            await Task.WhenAny(telling, Task.Delay(left, time, _stop.Token)).ConfigureAwait(false);
            if (telling.IsCompleted || _stop.IsCancellationRequested)
            {
                return;
            }
        }

        var why = left > TimeSpan.Zero
            ? "weight 0 holds here, and the store does not know it yet"
            : $"it took {Durations.Rough(record.Took)} from the first bad response";
        var sentence = $"The rollback missed its deadline of {Durations.Format(record.Deadline)}: {why}.";
        metrics.DeadlineMissed(status.Name);
        LogDeadlineMissed(status.Name, sentence);
        Feed.Publish(new RolloutNews(plan, status, "deadline-missed", sentence, time.GetUtcNow()));
    }

    private void Track(Task task)
    {
        _telling[task] = true;
        task.ContinueWith(done => _telling.TryRemove(done, out _), TaskScheduler.Default);
    }

    private void Log(RolloutStatus status, bool isRollback)
    {
        if (status.Rollback is { BlamesVersion: false } && !isRollback)
        {
            LogExonerated(status.Name, status.Version, status.Reason);
        }
        else if (isRollback && status.Rollback is { } record)
        {
            LogRolledBack(
                status.Name, status.Version, record.WeightBefore.Percent, record.Trigger, record.By, record.DecisionMicros,
                record.InFlightAtDecision, record.CanaryAfterDecision, record.Explanation);
        }
        else if (status is { Warning: { } warning, Phase: not RolloutPhase.Frozen })
        {
            LogBreached(status.Name, status.Weight.Percent, warning);
        }
        else if (status.Phase == RolloutPhase.Frozen)
        {
            LogFrozen(status.Name, status.Weight.Percent, status.Reason);
        }
    }

    /// <summary>What was lowered, with the plan that it was lowered by: the next one may have fewer steps.</summary>
    private readonly record struct Change(LiveRollout Live, RolloutStatus Status, RolloutPlan Plan, Generation Generation);
}
