using System.Threading.Channels;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>Something that happened to a rollout.</summary>
/// <param name="Kind">The history's word: started, advanced, waiting, frozen, rolled-back, promoted …</param>
public sealed record RolloutNews(RolloutPlan Plan, RolloutStatus Status, string Kind, string Sentence, DateTimeOffset At)
{
    public string Id { get; init; } = NewsId.Of(Status, Kind, At);

    /// <summary>It went badly, and somebody should look.</summary>
    public bool IsWarning => Kind is "rolled-back" or "frozen" or "exonerated" or "breached" or "deadline-missed" or "drill-failed";

    /// <summary>It stands in the history, and was put into the outbox with it.</summary>
    public bool IsHistory => Kind is not ("deadline-missed" or "check-down" or "hook-down" or "check-broken" or "burning");

    /// <summary>The sentence, and why whoever did it says that it was done.</summary>
    public string Told => IsHistory ? Reasoned.Of(Sentence, Status.Reason) : Sentence;

    /// <summary>As the outbox kept it. The plan is the one that holds now, and so are the counts of a rollback that has settled since.</summary>
    public static RolloutNews Of(OutboxEntry kept, RolloutPlan plan, RolloutStatus now) =>
        new(
            plan,
            kept.Entry.Kind == "rolled-back" && StatusOrder.Key(now) == StatusOrder.Key(kept.Status) ? now : kept.Status,
            kept.Entry.Kind,
            kept.Entry.Sentence,
            kept.Entry.At)
        {
            Id = kept.Entry.Id!,
        };

    public OutboxEntry ToOutbox() => new(HistoryEntry.Of(Kind, Status, At, Sentence), Status);
}

/// <summary>
/// The quick way to whoever tells the outside world: what this replica changed, right after the store has it, or a second after it
/// holds in memory if the store is away. What is lost here stands in the outbox.
/// </summary>
public sealed class RolloutFeed
{
    /// <summary>A rollout makes a few dozen.</summary>
    private const int Longest = 1000;

    private readonly Channel<RolloutNews> _news = Channel.CreateBounded<RolloutNews>(
        new BoundedChannelOptions(Longest) { FullMode = BoundedChannelFullMode.DropOldest });

    public ChannelReader<RolloutNews> News => _news.Reader;

    /// <summary>Returns at once.</summary>
    public void Publish(RolloutNews news) => _news.Writer.TryWrite(news);
}
