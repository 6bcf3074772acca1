using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Advancing;

/// <summary>Lets every open rollout climb: when a step's gate is open and its hooks said go, it gives the command to advance.</summary>
public sealed partial class RolloutAdvancer(
    RolloutBoard board, RolloutCommandHandler handler, IRolloutLease lease, HookCaller caller, RolloutSwitches switches, TimeProvider time, ILogger<RolloutAdvancer> logger)
{
    /// <summary>A step may be this much longer than its hold; short enough for a ladder of seconds.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>A store that is away is tried ten times a second and said every ten.</summary>
    private static readonly TimeSpan ComplaintInterval = TimeSpan.FromSeconds(10);

    private TimeSpan _complainedAt = -ComplaintInterval;
    private readonly ConditionalWeakTable<LiveRollout, StepHooks> _hooks = new();

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            foreach (var live in board.All)
            {
                await TryAdvanceAsync(live, stop);
            }
        }
    }

    private async Task TryAdvanceAsync(LiveRollout live, CancellationToken stop)
    {
        var now = Moment.Now(time).Monotonic;
        var at = live.Snapshot(now);
        if (!at.Status.Phase.IsOpen() || !Gate.Of(at, switches).Open || !lease.IsHeld(live.Name))
        {
            return;
        }

        var hooks = _hooks.GetValue(live, _ => new StepHooks(caller, handler, logger));
        if (!hooks.Passed(at, now, stop))
        {
            return;
        }

        // The view that opened the gate goes along: whoever moved the rollout meanwhile wins.
        var result = await handler.HandleAsync(
            live.Name, new RolloutCommand.Advance("snapback"), $"{at.Status.Generation}.{at.Status.Revision}");
        if (result is CommandResult.Unavailable unavailable && now - _complainedAt > ComplaintInterval)
        {
            _complainedAt = now;
            LogCannotAdvance(live.Name, unavailable.Sentence);
        }
    }

    [LoggerMessage(EventIds.CannotAdvance, LogLevel.Error, "Rollout {Rollout} cannot advance: {Why}")]
    private partial void LogCannotAdvance(string rollout, string why);
}
