using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Advancing;

/// <summary>The hooks of one rollout's current step: each is asked once, and again every few seconds while it is silent.</summary>
internal sealed partial class StepHooks(LiveRollout live, HookCaller caller, RolloutCommandHandler handler, ILogger logger)
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(5);

    private (long Generation, int Step) _at;
    private int _passed;
    private TimeSpan _notBefore;
    private Task _asking = Task.CompletedTask;

    /// <summary>Asks the next hook that has not said go; never waits for an answer, which becomes a finding.</summary>
    public void Ask(RolloutSnapshot at, TimeSpan now, CancellationToken stop)
    {
        var here = (at.Status.Generation, at.Status.Step);
        if (!_asking.IsCompleted)
        {
            return;
        }

        if (here != _at)
        {
            (_at, _passed, _notBefore) = (here, 0, TimeSpan.Zero);
        }

        if (_passed < at.Plan.Hooks.Length && now >= _notBefore)
        {
            _notBefore = now + AskAgainAfter;
            _asking = AskAsync(at.Plan.Hooks[_passed], at.Status, stop);
        }
    }

    private async Task AskAsync(StepHook hook, RolloutStatus status, CancellationToken stop)
    {
        var answer = await caller.CallAsync(hook, status, stop);
        switch (answer.Verdict)
        {
            case HookVerdict.Go:
                _passed++;
                live.Findings.Set(new Finding(hook.Source, status.Generation, FindingState.Pass, hook.Source, status.Step));
                _notBefore = TimeSpan.Zero;
                break;
            case HookVerdict.No:
                await handler.RollBackAsync(
                    status.Name, Authority.Hook, hook.Name, $"hook:{hook.Name}", $"{hook.Url} {answer.Sentence} after {status.Weight}", status.Generation);
                break;
            default:
                LogSilent(status.Name, hook.Name, hook.Url, answer.Sentence);
                break;
        }
    }

    [LoggerMessage(EventIds.HookWaits, LogLevel.Warning, "Rollout {Rollout} waits for hook {Hook}: {Url} {Sentence}; asking again in 5 s.")]
    private partial void LogSilent(string rollout, string hook, Uri url, string sentence);
}
