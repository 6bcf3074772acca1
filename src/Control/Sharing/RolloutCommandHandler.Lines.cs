using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>What happened to a rollout and moved nothing.</summary>
public sealed partial class RolloutCommandHandler
{
    /// <summary>A line of the history, told like any other.</summary>
    /// <param name="kind">The history's word, such as <c>drilled</c>.</param>
    /// <exception cref="StoreUnavailableException">The store cannot take it now.</exception>
    public async Task RecordAsync(LiveRollout live, string kind, string by, string? reason, string sentence)
    {
        var now = Moment.Now(time);
        var status = live.Snapshot(now.Monotonic).Status with { By = by, Reason = reason };
        await store.AppendAsync(new OutboxEntry(HistoryEntry.Of(kind, status, now.Wall, sentence), status));
        sync.Feed.Publish(new RolloutNews(live.Plan, status, kind, sentence, now.Wall));
        LogCommand(live.Name, kind, by, Reasoned.Of(sentence, reason));
    }
}
