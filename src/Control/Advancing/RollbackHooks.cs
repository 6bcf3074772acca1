using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Advancing;

/// <summary>Asks the rollback hooks of one rollout all the time while a generation is open, whatever else it waits for.</summary>
internal sealed class RollbackHooks(LiveRollout live, HookCaller caller, RolloutCommandHandler handler, TimeProvider time)
{
    private readonly Dictionary<Hook, (Task Asking, TimeSpan NotBefore)> _hooks = [];

    public void Ask(RolloutSnapshot at, TimeSpan now, CancellationToken stop)
    {
        foreach (var hook in at.Plan.Hooks)
        {
            if (hook.When == HookPoint.Rollback && (!_hooks.TryGetValue(hook, out var last) || (last.Asking.IsCompleted && now >= last.NotBefore)))
            {
                _hooks[hook] = (AskAsync(at, hook, stop), now + hook.Interval);
            }
        }
    }

    private async Task AskAsync(RolloutSnapshot at, Hook hook, CancellationToken stop)
    {
        var asked = Moment.Now(time).Monotonic;
        var answer = await caller.CallAsync(hook, at.Plan, at.Status, stop);
        if (answer.Verdict == HookVerdict.RollBack || (answer.Verdict == HookVerdict.Down && hook.OnDown == HookDown.Rollback))
        {
            await handler.RollBackAsync(
                live.Name, Authority.Hook, hook.Name, $"hook:{hook.Name}",
                $"{hook.ShownUrl} {answer.Sentence} at {at.Status.Weight}", at.Status.Generation,
                since: asked);
        }
    }
}
