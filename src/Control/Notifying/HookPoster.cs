using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Notifying;

/// <summary>
/// Tells hooks what happened: <c>event</c> hooks everything, <c>post-rollout</c> hooks how it ended, and a rollback's own hooks
/// that the canary may be scaled down. The traffic has moved before; nobody waits for them.
/// </summary>
public sealed partial class HookPoster(HookCaller caller, ILogger<HookPoster> logger)
{
    /// <summary>Ends when every hook was told, or was tried as often as the plan says.</summary>
    /// <exception cref="OperationCanceledException">The process ends; who was not told is told by another, or after the next start.</exception>
    public Task TellAsync(RolloutNews news, CancellationToken stop) => Task.WhenAll(HooksFor(news).Select(hook => TellAsync(hook, news, stop)));

    private static IEnumerable<Hook> HooksFor(RolloutNews news)
    {
        var ended = news.Kind is "rolled-back" or "promoted";
        return news.Plan.Hooks
            .Where(hook => hook.When == HookPoint.Event || (ended && hook.When == HookPoint.PostRollout))
            .Concat(news.Kind == "rolled-back" ? news.Plan.Rollback.Hooks : []);
    }

    private async Task TellAsync(Hook hook, RolloutNews news, CancellationToken stop)
    {
        var answer = await caller.TellAsync(hook, news.Plan, news.Status, new HookNews(news.Id, news.Told, news.IsWarning, news.At), stop);
        if (answer.Verdict != HookVerdict.Go)
        {
            LogUntold(news.Plan.Name, hook.Name, hook.ShownUrl, answer.Sentence, news.Kind);
        }
    }

    [LoggerMessage(EventIds.HookUntold, LogLevel.Error, "Rollout {Rollout}: hook {Hook} at {Url} {Sentence}; '{Kind}' was not delivered to it.")]
    private partial void LogUntold(string rollout, string hook, Uri url, string sentence, string kind);
}
