using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Advancing;

/// <summary>Asks the hooks of one rollout's gates, one at a time, and writes what they say into its findings. Never waited for.</summary>
internal sealed partial class GateHooks(LiveRollout live, HookCaller caller, RolloutCommandHandler handler, TimeProvider time, ILogger logger)
{
    private Task _asking = Task.CompletedTask;
    private (Hook Hook, long Generation, int Step) _last;
    private TimeSpan _notBefore;
    private string _said = "";

    public void Ask(RolloutSnapshot at, Hook hook, Moment now, CancellationToken stop)
    {
        var here = (hook, at.Status.Generation, at.Status.Step);
        if (!_asking.IsCompleted || (here == _last && now.Monotonic < _notBefore))
        {
            return;
        }

        Say(at.Status, hook, FindingState.Wait, here == _last ? $"{_said}, asked again" : "asked", now.Wall + hook.Timeout);
        _last = here;
        _asking = AskAsync(at, hook, stop);
    }

    private async Task AskAsync(RolloutSnapshot at, Hook hook, CancellationToken stop)
    {
        var asked = Moment.Now(time).Monotonic;
        var answer = await caller.CallAsync(hook, at.Plan, at.Status, stop);
        var now = Moment.Now(time);
        _notBefore = now.Monotonic + hook.Interval;
        _said = answer.Sentence;
        switch (answer.Verdict, hook.OnDown)
        {
            case (HookVerdict.Go, _) or (HookVerdict.Down, HookDown.Pass):
                Say(at.Status, hook, FindingState.Pass, answer.Sentence);
                break;
            case (HookVerdict.RollBack, _) or (HookVerdict.Down, HookDown.Rollback):
                Say(at.Status, hook, FindingState.Fail, answer.Sentence);
                await handler.RollBackAsync(
                    live.Name, Authority.Hook, hook.Name, $"hook:{hook.Name}", $"{hook.Url} {answer.Sentence} at {at.Status.Weight}", at.Status.Generation,
                    since: asked);
                break;
            default:
                Say(at.Status, hook, FindingState.Wait, $"{answer.Sentence}, to be asked again", now.Wall + hook.Interval);
                LogWaits(live.Name, hook.Name, hook.Url, answer.Sentence, hook.Interval);
                break;
        }
    }

    private void Say(RolloutStatus status, Hook hook, FindingState state, string sentence, DateTimeOffset? until = null) => live.Findings.Set(
        new Finding(hook.Source, status.Generation, state, $"{hook.Source} {sentence}", status.Step) { Until = until });

    [LoggerMessage(EventIds.HookWaits, LogLevel.Warning, "Rollout {Rollout} waits for hook {Hook}: {Url} {Sentence}; asking again in {Interval}.")]
    private partial void LogWaits(string rollout, string hook, Uri url, string sentence, TimeSpan interval);
}
