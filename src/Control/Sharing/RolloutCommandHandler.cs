using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
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

    /// <param name="ifMatch">The caller's view, "generation.revision", or several with ',' between them; null or "*" for any.</param>
    public async Task<CommandResult> HandleAsync(string name, RolloutCommand command, string? ifMatch = null)
    {
        if (!board.TryGet(name, out var live))
        {
            return CommandResult.UnknownRollout.On(board, name);
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

        if (next.Generation > at.Status.Generation && Uneven(at.Plan) is { } uneven)
        {
            return new CommandResult.Refused(uneven);
        }

        var (kind, sentence) = Announcement.Of(at.Plan, at.Status, next);
        var entry = HistoryEntry.Of(kind, next, now.Wall, sentence);
        if (next.Generation == at.Status.Generation && next.Weight < at.Status.Weight && next.Phase != RolloutPhase.Promoted)
        {
            live.Adopt(next);
            var isTold = await TellAsync(live);
            if (IsOutdone(next, live.Status))
            {
                return new CommandResult.Stale(live.Status);
            }

            if (!isTold)
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

        LogCommand(name, kind, next.By, Reasoned.Of(sentence, next.Reason));
        return new CommandResult.Done(live.Status);
    }

    public async Task<CommandResult> DeleteAsync(string name, string by, string? ifMatch = null)
    {
        if (!board.TryGet(name, out _))
        {
            return CommandResult.UnknownRollout.On(board, name);
        }

        using var door = await EnterAsync(name);
        if (!board.TryGet(name, out var live))
        {
            return CommandResult.UnknownRollout.On(board, name);
        }

        var status = live.Status;
        if (!Matches(status, ifMatch))
        {
            return new CommandResult.Stale(status);
        }

        if (status.Phase.IsOpen() || status.Weight > Weight.Zero || status.Swapped)
        {
            var version = (status.Version ?? status.StableVersion) is { } named ? $"version '{named}'" : "an unnamed version";
            var cluster = status.Swapped ? live.Plan.Stable : live.Plan.Canary;
            return new CommandResult.Refused(live.Plan.IsFlagFirst
                ? $"Rollout '{name}' is {status.Phase}: deleting it would take flag '{live.Plan.Flag}' from its users. Roll it back first."
                : $"Rollout '{name}' is {status.Phase} and {version} is served by cluster '{cluster}': " +
                    "deleting it would move that traffic. Roll it back first.");
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
        LogCommand(name, "deleted", by, "The rollout and its history are gone.");
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
        return new CommandResult.Refused($"Rollout '{next.Name}' became {live.Status.Phase} in the same moment; its weight is {live.Status.Weight}. " +
            "Look at it again before you repeat the command.");
    }

    /// <summary>
    /// Another replica's commands came before it: more than one that raised, or one in the same moment that lowered further. What was lowered
    /// here holds nowhere.
    /// </summary>
    private static bool IsOutdone(RolloutStatus lowered, RolloutStatus holds) =>
        StatusOrder.Dominates(holds, lowered)
        && (holds.Weight > lowered.Weight
            || (holds.Phase.IsOpen() && (holds.Generation, holds.Revision) == (lowered.Generation, lowered.Revision)));

    private static bool MovesTraffic(RolloutPlan before, RolloutPlan after) =>
        before.Stable != after.Stable || before.Canary != after.Canary || !before.Routes.SequenceEqual(after.Routes);

    private static bool Matches(RolloutStatus status, string? ifMatch) =>
        ifMatch is null or "*"
            || ifMatch.Split(',', StringSplitOptions.TrimEntries).Any(tag => tag.Trim('"') == $"{status.Generation}.{status.Revision}");

    private async Task<IDisposable> EnterAsync(string name)
    {
        var door = _doors.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        await door.WaitAsync();
        return new Door(door);
    }

    [LoggerMessage(EventIds.Commanded, LogLevel.Information, "Rollout {Rollout} {Kind} by {By}. {Sentence}")]
    private partial void LogCommand(string rollout, string kind, string? by, string sentence);

    private sealed class Door(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
