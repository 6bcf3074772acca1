using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>The commands that take the canary's traffic away: memory first, the store when it can.</summary>
public sealed partial class RolloutCommandHandler
{
    private static readonly TimeSpan PatienceWithStore = TimeSpan.FromSeconds(1);

    /// <summary>Down, always: in every phase, with the store away, and again without harm.</summary>
    /// <param name="since">When somebody first knew, on the monotonic clock; null for now.</param>
    /// <param name="onlyGeneration">A late verdict on an older generation says nothing about this one.</param>
    public async Task<CommandResult> RollBackAsync(
        string name,
        Authority authority,
        string by,
        string trigger,
        string? reason,
        long? onlyGeneration = null,
        bool blamesVersion = true,
        TimeSpan? since = null)
    {
        if (!board.TryGet(name, out var live))
        {
            return CommandResult.UnknownRollout.On(board, name);
        }

        if (onlyGeneration is { } generation && (live.Status.Generation != generation || !live.Status.Phase.IsOpen()))
        {
            return new CommandResult.Done(live.Status);
        }

        var (version, why) = (live.Status.Version ?? live.Plan.Canary, reason is null ? "" : $": {reason}");
        var sentence = $"Rolled back {version} ({live.Plan.ShownWeight(live.Status)} → 0%) by {by}{why}";
        // People end their sentences too.
        sentence += sentence[^1] is '.' or '!' or '?' ? "" : ".";
        if (live.RollBack(trigger, sentence, authority, by, reason, blamesVersion, since) is null)
        {
            return new CommandResult.Done(live.Status);
        }

        // Written down before the answer, if the disk is quick; a disk that hangs keeps nobody waiting for a rollback.
        await Task.WhenAny(TellAsync(live), Task.Delay(PatienceWithStore, time));
        return new CommandResult.Done(live.Status);
    }

    /// <summary>Back to the version before the promotion, while it still stands: nothing is built or deployed.</summary>
    /// <param name="ifMatch">The caller's view, as of <see cref="HandleAsync"/>: another promotion is not the one to undo.</param>
    public async Task<CommandResult> UndoAsync(string name, string by, string? reason, string? ifMatch = null) => !board.TryGet(name, out var live)
        ? CommandResult.UnknownRollout.On(board, name)
        : live.Status switch
        {
            var status when !Matches(status, ifMatch) => new CommandResult.Stale(status),
            { Phase: RolloutPhase.Promoted, Weight: var weight } when weight > Weight.Zero =>
                await RollBackAsync(name, Authority.Operator, by, "undo", reason),
            { Phase: RolloutPhase.Promoted } => new CommandResult.Refused(
                $"Version '{live.Status.Version}' of rollout '{name}' was handed back: " +
                "stable runs it, and the version before no longer stands. To go back to it, deploy it as the canary and start it."),
            { Phase: var phase } => new CommandResult.Refused(
                $"Rollout '{name}' is {phase}: there is no promotion to undo.{(phase.IsOpen() ? " Roll it back." : "")}"),
        };

    /// <summary>A person says no where the plan asks one: the step is a no-go, and that rolls back.</summary>
    public async Task<CommandResult> RejectAsync(string name, string by, string? reason)
    {
        if (!board.TryGet(name, out var live))
        {
            return CommandResult.UnknownRollout.On(board, name);
        }

        var at = live.Snapshot(Moment.Now(time).Monotonic);
        if (at.Step?.Approval is not { } terms)
        {
            return new CommandResult.Refused(at.Status.Phase.IsOpen()
                ? $"Rollout '{name}' is {at.Status.Phase} at {at.Status.Weight} and asks for no approval; roll it back instead."
                : $"Rollout '{name}' is {at.Status.Phase}: no generation is open, and nothing waits for an approval.");
        }

        if (!terms.By.IsEmpty && !terms.By.Contains(by))
        {
            return new CommandResult.Refused(
                $"'{by}' may not reject step {at.Status.Step} of rollout '{name}'; its plan names {terms.Whose}. Anybody may roll back.");
        }

        return string.IsNullOrWhiteSpace(reason)
            ? new CommandResult.Refused($"A rejection of rollout '{name}' needs a reason: say what is wrong.")
            : await RollBackAsync(name, Authority.Operator, by, "approval", reason, at.Status.Generation);
    }

    /// <summary>The traffic is safe already; a store that is away is told later.</summary>
    private async Task<bool> TellAsync(LiveRollout live)
    {
        try
        {
            await sync.TellAsync(live);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}
