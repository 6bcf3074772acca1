using System.Collections.Immutable;
using System.Threading.Channels;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>Something that happened to a rollout, as it stands in the history.</summary>
/// <param name="Kind">The history's word: started, advanced, waiting, frozen, rolled-back, promoted …</param>
public sealed record RolloutNews(RolloutPlan Plan, RolloutStatus Status, string Kind, string Sentence, DateTimeOffset At)
{
    /// <summary>It went badly, and somebody should look.</summary>
    public bool IsWarning => Kind is "rolled-back" or "frozen" or "exonerated" or "breached" or "deadline-missed";
}

/// <summary>
/// Tells the outside world of changes that this replica made: once per fleet, since one replica commits each. A rollback is told
/// when it holds in memory, whether the store knows it yet or not.
/// </summary>
public sealed class RolloutFeed
{
    /// <summary>A subscriber that hangs loses the oldest; a rollout makes a few dozen.</summary>
    private const int Longest = 1000;

    private ImmutableArray<ChannelWriter<RolloutNews>> _subscribers = [];

    public ChannelReader<RolloutNews> Subscribe()
    {
        var channel = Channel.CreateBounded<RolloutNews>(new BoundedChannelOptions(Longest) { FullMode = BoundedChannelFullMode.DropOldest });
        ImmutableInterlocked.Update(ref _subscribers, (all, one) => all.Add(one), channel.Writer);
        return channel.Reader;
    }

    /// <summary>Returns at once.</summary>
    public void Publish(RolloutNews news)
    {
        foreach (var subscriber in _subscribers)
        {
            subscriber.TryWrite(news);
        }
    }
}
