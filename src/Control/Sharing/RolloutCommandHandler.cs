using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// The one door for commands of people and of the advancer. Up: the store first, then memory, or refused. Down: memory
/// first, told afterwards.
/// </summary>
public sealed partial class RolloutCommandHandler(
    RolloutBoard board,
    IRolloutStore store,
    RolloutSync sync,
    Func<RolloutPlan, RolloutStatus, LiveRollout> makeLive,
    TimeProvider time,
    ILogger<RolloutCommandHandler> logger)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _doors = new(StringComparer.Ordinal);

    /// <param name="ifMatch">The caller's view, "generation.revision"; null or "*" for any.</param>
    public async Task<CommandResult> HandleAsync(string name, RolloutCommand command, string? ifMatch = null)
    {
        if (!board.TryGet(name, out var live))
        {
            return new CommandResult.UnknownRollout(name);
        }

        using var door = await EnterAsync(name);
        var now = Moment.Now(time);
        var at = live.Snapshot(now.Monotonic);
        if (!Matches(at.Status, ifMatch))
        {
            return new CommandResult.Stale(at.Status);
        }

        var transition = Transitions.Apply(at.Plan, at.Status, command, at.Progress.Served, now.Wall);
        if (transition.Next is not { } next)
        {
            return new CommandResult.Refused(transition.Refusal);
        }

        if (ReferenceEquals(next, at.Status))
        {
            return new CommandResult.Done(next);
        }

        var (kind, sentence) = Announcement.Of(at.Plan, at.Status, next);
        var entry = HistoryEntry.Of(kind, next, now.Wall, sentence);
        if (next.Generation == at.Status.Generation && next.Weight < at.Status.Weight && next.Phase != RolloutPhase.Promoted)
        {
            live.Adopt(next);
            if (!await TellAsync(live))
            {
                sync.Lowered(live);
            }
            else
            {
                sync.Feed.Publish(new RolloutNews(at.Plan, next, kind, sentence, now.Wall));
            }
        }
        else if (await CommitAsync(live, at.Status, next, entry) is { } problem)
        {
            return problem;
        }
        else
        {
            sync.Feed.Publish(new RolloutNews(at.Plan, next, kind, sentence, now.Wall));
        }

        LogCommand(name, kind, next.By, sentence, next.Reason);
        return new CommandResult.Done(live.Status);
    }

    /// <summary>Creates a rollout or replaces its plan; an open generation keeps the plan it was started with.</summary>
    public async Task<CommandResult> PutPlanAsync(RolloutPlan plan, string by, string? reason = null, string? ifMatch = null)
    {
        using var door = await EnterAsync(plan.Name);
        if (board.IsLeftAlone(plan.Name))
        {
            return new CommandResult.Refused($"The store has a rollout '{plan.Name}' that this version cannot read, and it is left alone. Give this one another name, or start the version that wrote it.");
        }

        if (board.All.FirstOrDefault(other => other.Plan.Overlaps(plan)) is { } rival)
        {
            return new CommandResult.Refused($"Rollout '{rival.Name}' has routes of cluster '{plan.Stable}' under it already; a route belongs to one rollout. Name other 'routes', or delete '{rival.Name}'.");
        }

        if (plan.Flag is { } flag && board.All.FirstOrDefault(other => other.Name != plan.Name && other.Flags.Any(its => its.Name == flag)) is { } owner)
        {
            return new CommandResult.Refused($"Flag '{flag}' belongs to rollout '{owner.Name}' already; two would turn it on and off against each other. Name another flag.");
        }

        if (RolloutGroup.Others(board, plan).FirstOrDefault(member => member.Plan.Steps.Length != plan.Steps.Length) is { } unequal)
        {
            return new CommandResult.Refused(
                $"Rollout '{unequal.Name}' of group '{plan.Group}' has {unequal.Plan.Steps.Length} steps and '{plan.Name}' {plan.Steps.Length}: a group goes up step by step. Give both the same number, or take one out of the group.");
        }

        var now = Moment.Now(time);
        var known = board.TryGet(plan.Name, out var live);
        var before = known ? live!.Status : RolloutStatus.New(plan.Name, now.Wall);
        var status = before;
        if (!Matches(status, ifMatch))
        {
            return new CommandResult.Stale(status);
        }

        if (known && PlanWriter.ToJson(live!.Plan) == PlanWriter.ToJson(plan))
        {
            return new CommandResult.Done(status);
        }

        if (known && (status.Phase.IsOpen() || ((status.Weight > Weight.Zero || status.Swapped) && MovesTraffic(live!.Plan, plan))))
        {
            return new CommandResult.Refused(
                $"Rollout '{plan.Name}' is {status.Phase} with version '{status.Version}' at {status.Weight}: a new plan would move its traffic. Roll it back or promote it first, and keep the arms.");
        }

        var (kind, sentence) = known ? ("replanned", "The plan was replaced.") : ("planned", "The plan was created.");
        status = status with { Revision = status.Revision + 1, By = by, Reason = reason };
        try
        {
            status = known ? status : status with { Generation = await store.FirstGenerationAsync(plan.Name) };
            if (!await store.PutPlanAsync(plan, before, status, HistoryEntry.Of(kind, status, now.Wall, sentence)))
            {
                return new CommandResult.Stale(before);
            }
        }
        catch (StoreUnavailableException e)
        {
            return CommandResult.Of(e);
        }

        live = board.Ensure(plan.Name, () => makeLive(plan, status), out var isNew);
        if (!isNew)
        {
            live.Replace(plan, status);
            board.Touch();
            if (known && live.Status != status)
            {
                // A rollback came in between; the store must not keep what was written over it.
                sync.Lowered(live);
            }
        }

        sync.Feed.Publish(new RolloutNews(plan, status, kind, sentence, now.Wall));
        LogCommand(plan.Name, kind, by, sentence, reason);
        return new CommandResult.Done(known ? live.Status : status);
    }

    public async Task<CommandResult> DeleteAsync(string name, string by, string? ifMatch = null)
    {
        if (!board.TryGet(name, out _))
        {
            return new CommandResult.UnknownRollout(name);
        }

        using var door = await EnterAsync(name);
        if (!board.TryGet(name, out var live))
        {
            return new CommandResult.UnknownRollout(name);
        }

        var status = live.Status;
        if (!Matches(status, ifMatch))
        {
            return new CommandResult.Stale(status);
        }

        if (status.Phase.IsOpen() || status.Weight > Weight.Zero || status.Swapped)
        {
            return new CommandResult.Refused(live.Plan.IsFlagFirst
                ? $"Rollout '{name}' is {status.Phase}: deleting it would take flag '{live.Plan.Flag}' from its users. Roll it back first."
                : $"Rollout '{name}' is {status.Phase} and version '{status.Version ?? status.StableVersion}' is served by cluster '{(status.Swapped ? live.Plan.Stable : live.Plan.Canary)}': deleting it would move that traffic. Roll it back first.");
        }

        try
        {
            await sync.TellAsync(live);
            if (!await store.DeleteAsync(status))
            {
                return new CommandResult.Stale(live.Status);
            }
        }
        catch (StoreUnavailableException e)
        {
            return CommandResult.Of(e);
        }

        board.Remove(name);
        sync.Forget(live);
        LogCommand(name, "deleted", by, "The rollout and its history are gone.", null);
        return new CommandResult.Done(status);
    }

    /// <summary>Up: null once it is on the disk and holds here.</summary>
    private async Task<CommandResult?> CommitAsync(LiveRollout live, RolloutStatus expected, RolloutStatus next, HistoryEntry entry)
    {
        try
        {
            // What was lowered here comes first: the store compares with it.
            await sync.TellAsync(live);
            if (!await store.CommitAsync(expected, next, entry))
            {
                return new CommandResult.Stale(live.Status);
            }
        }
        catch (StoreUnavailableException e)
        {
            return CommandResult.Of(e);
        }

        if (live.Adopt(next, expected))
        {
            return null;
        }

        sync.Lowered(live);
        return new CommandResult.Refused($"Rollout '{next.Name}' became {live.Status.Phase} in the same moment; its weight is {live.Status.Weight}.");
    }

    private static bool MovesTraffic(RolloutPlan before, RolloutPlan after) =>
        before.Stable != after.Stable || before.Canary != after.Canary || !before.Routes.SequenceEqual(after.Routes);

    private static bool Matches(RolloutStatus status, string? ifMatch) =>
        ifMatch is null or "*" || ifMatch.Trim('"') == $"{status.Generation}.{status.Revision}";

    private async Task<IDisposable> EnterAsync(string name)
    {
        var door = _doors.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        await door.WaitAsync();
        return new Door(door);
    }

    [LoggerMessage(EventIds.Commanded, LogLevel.Information, "Rollout {Rollout} {Kind} by {By}. {Sentence} {Reason}")]
    private partial void LogCommand(string rollout, string kind, string? by, string sentence, string? reason);

    private sealed class Door(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
