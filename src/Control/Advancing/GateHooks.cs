using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Advancing;

/// <summary>Asks the hooks of one rollout's gates, one at a time, and writes what they say into its findings. Nobody waits for an
/// answer, and one that comes after the step was left is ignored, unless it is a no.</summary>
internal sealed partial class GateHooks(
    LiveRollout live, HookCaller caller, RolloutCommandHandler handler, RolloutFeed feed, TimeProvider time, ILogger logger)
{
    private Task _asking = Task.CompletedTask;
    private (Hook Hook, long Visit) _last;
    private TimeSpan _notBefore;
    private string _said = "";
    private Hook? _down;

    public void Ask(RolloutSnapshot at, Hook hook, Moment now, CancellationToken stop)
    {
        var here = (hook, at.Visit);
        if (here == _last && (!_asking.IsCompleted || now.Monotonic < _notBefore))
        {
            return;
        }

        Say(at, hook, FindingState.Wait, here == _last ? $"{_said}, asked again" : "asked", now.Wall + HookCaller.Longest(hook));
        _said = here == _last ? _said : "";
        _last = here;
        _asking = AskAsync(at, hook, stop);
    }

    private async Task AskAsync(RolloutSnapshot at, Hook hook, CancellationToken stop)
    {
        var asked = Moment.Now(time).Monotonic;
        var answer = await caller.CallAsync(hook, at.Plan, at.Status, stop);
        if (_last == (hook, at.Visit))
        {
            answer = Take(at, hook, answer, asked);
        }

        // Of an answer that comes when the rollout has gone on without it, by hand, only a no counts.
        if ((answer.Verdict, hook.OnDown) is (HookVerdict.RollBack, _) or (HookVerdict.Down, HookDown.Rollback))
        {
            await handler.RollBackAsync(
                live.Name, Authority.Hook, hook.Name, $"hook:{hook.Name}",
                $"{hook.ShownUrl} {answer.Sentence} at {at.Status.Weight}", at.Status.Generation,
                since: asked);
        }
    }

    /// <returns>The answer, with what it came to.</returns>
    private HookAnswer Take(RolloutSnapshot at, Hook hook, HookAnswer answer, TimeSpan asked)
    {
        var now = Moment.Now(time);
        _notBefore = now.Monotonic + hook.Interval;
        var isNew = _said != answer.Sentence;
        _said = answer.Sentence;
        if (answer.Verdict == HookVerdict.Failed)
        {
            // The interval runs from question to question, as that of checks does: a hook and a check that fail together then count once.
            _notBefore = asked + hook.Interval;
            answer = Counted(at, answer, asked, hook.Interval);
        }

        TellDown(hook, answer);
        switch (answer.Verdict, hook.OnDown)
        {
            case (HookVerdict.Go, _):
                Say(at, hook, FindingState.Pass, answer.Sentence);
                break;
            case (HookVerdict.Down, HookDown.Pass):
                Say(at, hook, FindingState.Pass, $"{answer.Sentence}, and the plan says onDown: pass", isTrouble: true);
                break;
            case (HookVerdict.RollBack, _) or (HookVerdict.Down, HookDown.Rollback):
                Say(at, hook, FindingState.Fail, answer.Sentence);
                break;
            default:
                Say(at, hook, FindingState.Wait, $"{answer.Sentence}, to be asked again", now.Wall + hook.Interval);
                if (isNew)
                {
                    // Some wait for days, and are asked every few seconds.
                    LogWaits(live.Name, hook.Name, hook.ShownUrl, answer.Sentence, hook.Interval.TotalMilliseconds);
                }

                break;
        }

        return answer;
    }

    /// <summary>Once until it answers: nothing goes on without it, and nobody else can repair it.</summary>
    private void TellDown(Hook hook, HookAnswer answer)
    {
        var isDown = answer.Verdict == HookVerdict.Down && hook.OnDown == HookDown.Hold;
        if (isDown && _down != hook)
        {
            feed.Publish(
                new RolloutNews(
                    live.Plan,
                    live.Status,
                    "hook-down",
                    $"Hook {hook.Name} at {hook.ShownUrl} {answer.Sentence}; that says nothing about the canary, and the step holds.",
                    time.GetUtcNow()));
        }

        _down = isDown ? hook : null;
    }

    private static HookAnswer Counted(RolloutSnapshot at, HookAnswer answer, TimeSpan asked, TimeSpan interval)
    {
        var failed = at.Generation.FailedChecks;
        failed.Add(asked, interval);
        return new HookAnswer(failed.IsBroken ? HookVerdict.RollBack : HookVerdict.Wait, $"{answer.Sentence}; {failed}");
    }

    private void Say(
        RolloutSnapshot at, Hook hook, FindingState state, string sentence, DateTimeOffset? until = null, bool isTrouble = false) => live.Findings.Set(
            new Finding(hook.Source, at.Status.Generation, state, $"{hook.Source} {sentence}", at.Status.Step)
            {
                Until = until,
                Visit = at.Visit,
                IsTrouble = isTrouble,
            });

    [LoggerMessage(
        EventIds.HookWaits,
        LogLevel.Warning,
        "Rollout {Rollout} waits for hook {Hook}: {Url} {Sentence}; asking again every {IntervalMs} ms.")]
    private partial void LogWaits(string rollout, string hook, Uri url, string sentence, double intervalMs);
}
