using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Advancing;

/// <summary>
/// Tells hooks what happened: <c>event</c> hooks everything, <c>post-rollout</c> hooks how it ended, and a rollback's own hooks
/// that the canary may be scaled down. The traffic has moved before; nobody waits for them.
/// </summary>
public sealed partial class HookPoster(RolloutFeed feed, HookCaller caller, ILogger<HookPoster> logger)
{
    private readonly ChannelReader<RolloutNews> _news = feed.Subscribe();

    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var news in _news.ReadAllAsync(stop))
        {
            foreach (var hook in HooksFor(news))
            {
                _ = TellAsync(hook, news, stop);
            }
        }
    }

    private static IEnumerable<Hook> HooksFor(RolloutNews news)
    {
        var ended = news.Kind is "rolled-back" or "promoted";
        return news.Plan.Hooks
            .Where(hook => hook.When == HookPoint.Event || (ended && hook.When == HookPoint.PostRollout))
            .Concat(news.Kind == "rolled-back" ? news.Plan.Rollback.Hooks : []);
    }

    private async Task TellAsync(Hook hook, RolloutNews news, CancellationToken stop)
    {
        try
        {
            var answer = await caller.TellAsync(hook, news.Plan, news.Status, news.Sentence, news.IsWarning, news.At, stop);
            if (answer.Verdict != HookVerdict.Go)
            {
                LogUntold(news.Plan.Name, hook.Name, hook.Url, answer.Sentence, news.Kind);
            }
        }
        catch (OperationCanceledException)
        {
            LogUntold(news.Plan.Name, hook.Name, hook.Url, "was not told before the process ended", news.Kind);
        }
    }

    [LoggerMessage(EventIds.HookUntold, LogLevel.Error, "Rollout {Rollout}: hook {Hook} at {Url} {Sentence}; it does not know of '{Kind}'.")]
    private partial void LogUntold(string rollout, string hook, Uri url, string sentence, string kind);
}
