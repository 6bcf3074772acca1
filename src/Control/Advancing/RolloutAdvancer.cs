using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Advancing;

/// <summary>Lets every open rollout climb: it asks the hooks when a step has all else it needs, and gives the command to advance
/// when the gate is open.</summary>
public sealed partial class RolloutAdvancer(
    RolloutBoard board, RolloutCommandHandler handler, IRolloutLease lease, HookCaller caller, RolloutFeed feed,
    RolloutSwitches switches, TimeProvider time, ILogger<RolloutAdvancer> logger)
{
    /// <summary>How often gates are looked at: a step may last this much longer than its hold, which is little even for steps of seconds.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>A store that is away is tried ten times a second, and logged every ten seconds.</summary>
    private static readonly TimeSpan ComplaintInterval = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the replica that rolled one member back has for the others, before the one with the lease does it. It does so at once, and the news
    /// takes milliseconds.
    /// </summary>
    private static readonly TimeSpan GroupPatience = TimeSpan.FromSeconds(2);

    /// <summary>Every rollout, and the time before which nothing can move it. Of ten thousand hardly one has to be looked at, and a look at
    /// all, ten times a second, would evict the traffic's data from the processor's caches.</summary>
    private readonly List<(LiveRollout Live, TimeSpan Early)> _known = [];

    /// <summary>The board's next change; until it comes, what is known holds.</summary>
    private Task? _unchanged;

    private TimeSpan _complainedAt = -ComplaintInterval;
    private readonly ConditionalWeakTable<LiveRollout, GateHooks> _gates = new();
    private readonly ConditionalWeakTable<LiveRollout, RollbackHooks> _rollbacks = new();

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            NoteChanges();
            var now = Moment.Now(time).Monotonic;
            for (var i = 0; i < _known.Count; i++)
            {
                var (live, early) = _known[i];
                if (early <= now)
                {
                    early = live.EarlyUntil(now);
                    _known[i] = (live, early);
                }

                if (early <= now)
                {
                    await TryAdvanceAsync(live, stop);
                }
            }
        }
    }

    private void NoteChanges()
    {
        // Taken before the rollouts are read: a change meanwhile is another beat.
        var next = board.Changes.Next;
        if (next != _unchanged)
        {
            _unchanged = next;
            _known.Clear();
            _known.AddRange(board.Each.Select(live => (live, TimeSpan.MinValue)));
        }
    }

    private async Task TryAdvanceAsync(LiveRollout live, CancellationToken stop)
    {
        var now = Moment.Now(time);
        var at = live.Snapshot(now.Monotonic);
        if (RolloutGroup.Culprit(board, at.Plan, at.Status) is { } culprit
            && culprit.StoodFor(now.Monotonic) > GroupPatience
            && lease.IsHeld(live.Name))
        {
            live.ComeDownWith(culprit.Status);
            return;
        }

        if (!at.Status.Phase.IsOpen() || !lease.IsHeld(live.Name))
        {
            return;
        }

        _rollbacks.GetValue(live, _ => new RollbackHooks(live, caller, handler, time)).Ask(at, now.Monotonic, stop);
        var gate = Gate.Of(at, switches, now.Wall);
        if (gate.State == GateState.Shut)
        {
            Forget(live, at);
        }

        if (at.Plan.Group is not null && (gate.State == GateState.Open || at.Status.ReadyBy is not null))
        {
            await AdvanceWithGroupAsync(at, gate, now.Monotonic);
            return;
        }

        switch (gate.State)
        {
            case GateState.NoData:
                var reason = $"too few requests came, and the plan says onNoData: rollback; {gate.Sentence}";
                await handler.RollBackAsync(
                    live.Name, Authority.Judge, "judge", Rollback.NoData, reason, at.Status.Generation, blamesVersion: false);
                break;
            case GateState.Asking when gate.Hook is { When: HookPoint.ConfirmPromotion } hook && at.Status.Phase != RolloutPhase.Waiting:
                await GiveAsync(at, new RolloutCommand.Await($"Waiting for {hook.Source} to confirm the promotion."), now.Monotonic);
                break;
            case GateState.Asking when gate.Hook is { } hook:
                _gates.GetValue(live, _ => new GateHooks(live, caller, handler, feed, time, logger)).Ask(at, hook, now, stop);
                break;
            case GateState.Approval when at.Status.Phase != RolloutPhase.Waiting:
                await GiveAsync(at, new RolloutCommand.Await($"Waiting for {gate.Missing}."), now.Monotonic);
                break;
            case GateState.Open:
                await GiveAsync(at, new RolloutCommand.Advance("snapback", gate.Lacking), now.Monotonic);
                break;
        }
    }

    /// <summary>A yes to going up now is none to going up when the gate opens again: a schedule may be shut for days.</summary>
    private static void Forget(LiveRollout live, RolloutSnapshot at)
    {
        foreach (var hook in at.Plan.Hooks.Where(hook => hook.When is HookPoint.ConfirmTrafficIncrease or HookPoint.ConfirmPromotion))
        {
            if (at.Findings.Any(finding => finding.State == FindingState.Pass && finding.Source == hook.Source))
            {
                live.Findings.Remove(hook.Source);
            }
        }
    }

    /// <summary>Ready first, which everybody sees; then up, once nobody holds it.</summary>
    private async Task AdvanceWithGroupAsync(RolloutSnapshot at, Gate gate, TimeSpan now)
    {
        switch (at.Status.ReadyBy)
        {
            case null:
                await GiveAsync(at, new RolloutCommand.Advance("snapback", gate.Lacking), now);
                break;
            case "snapback" when gate.State != GateState.Open:
                await GiveAsync(at, new RolloutCommand.Withdraw(gate.Sentence), now);
                break;
            case var by when !RolloutGroup.Holds(board, at.Plan, at.Status).Any():
                await GiveAsync(at, new RolloutCommand.Advance("snapback", by == "snapback" ? gate.Lacking : $"ready by {by}", WithGroup: true), now);
                break;
        }
    }

    /// <summary>The view that opened the gate goes along: whoever moved the rollout meanwhile wins.</summary>
    private async Task GiveAsync(RolloutSnapshot at, RolloutCommand command, TimeSpan now)
    {
        var result = await handler.HandleAsync(at.Status.Name, command, $"{at.Status.Generation}.{at.Status.Revision}");
        var why = (result as CommandResult.Unavailable)?.Sentence ?? (result as CommandResult.Unknown)?.Sentence;
        if (why is not null && now - _complainedAt > ComplaintInterval)
        {
            _complainedAt = now;
            LogCannotAdvance(at.Status.Name, why);
        }
    }

    [LoggerMessage(EventIds.CannotAdvance, LogLevel.Error, "Rollout {Rollout} cannot advance: {Why}")]
    private partial void LogCannotAdvance(string rollout, string why);
}
