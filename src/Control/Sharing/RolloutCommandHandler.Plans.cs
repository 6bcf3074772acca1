using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>New plans, and what two of them may not have in common.</summary>
public sealed partial class RolloutCommandHandler
{
    /// <summary>On their way to the store: of two that exclude each other, neither is on the board yet.</summary>
    private readonly Dictionary<string, RolloutPlan> _coming = new(StringComparer.Ordinal);

    /// <summary>Creates a rollout or replaces its plan; an open generation keeps the plan it was started with.</summary>
    public async Task<CommandResult> PutPlanAsync(RolloutPlan plan, string by, string? reason = null, string? ifMatch = null)
    {
        using var door = await EnterAsync(plan.Name);
        if (board.IsLeftAlone(plan.Name))
        {
            return new CommandResult.Refused(
                $"The store has a rollout '{plan.Name}' that this version cannot read, and it is left alone. " +
                "Give this one another name, or start the version that wrote it.");
        }

        lock (_coming)
        {
            if (Conflict(plan) is { } conflict)
            {
                return new CommandResult.Refused(conflict);
            }

            _coming.Add(plan.Name, plan);
        }

        try
        {
            return await PutAsync(plan, by, reason, ifMatch);
        }
        finally
        {
            lock (_coming)
            {
                _coming.Remove(plan.Name);
            }
        }
    }

    private async Task<CommandResult> PutAsync(RolloutPlan plan, string by, string? reason, string? ifMatch)
    {
        var now = Moment.Now(time);
        var known = board.TryGet(plan.Name, out var live);
        if (!PlanSecrets.TryRestore(plan, live?.Plan, out plan, out var lost))
        {
            return new CommandResult.Refused(
                $"{lost} is shown without its secret, and the stored plan of '{plan.Name}' has none that looks like it. Write it in full.");
        }

        var before = known ? live!.Status : RolloutStatus.New(plan.Name, now.Wall);
        var status = before;
        if (!Matches(status, ifMatch))
        {
            return new CommandResult.Stale(status);
        }

        if (known && PlanWriter.ToJson(live!.Plan) == PlanWriter.ToJson(plan))
        {
            return new CommandResult.Done(status, "The plan is the one that holds: nothing changed.");
        }

        if (known && (status.Phase.IsOpen() || ((status.Weight > Weight.Zero || status.Swapped) && MovesTraffic(live!.Plan, plan))))
        {
            return new CommandResult.Refused(
                $"Rollout '{plan.Name}' is {status.Phase} with {status.NamedVersion()} at {status.Weight}: " +
                "a new plan would move its traffic. Roll it back or promote it first, and keep the arms.");
        }

        var (kind, sentence) = Announcement.OfPlan(isFirst: !known);
        status = status with { Revision = status.Revision + 1, Plans = status.Plans.GetValueOrDefault() + 1, By = by, Reason = reason };
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
            board.Replanned(live);
            if (known && live.Status != status)
            {
                // A rollback came in between; the store must not keep what was written over it.
                sync.Lowered(live);
            }
        }

        sync.Feed.Publish(new RolloutNews(plan, status, kind, sentence, now.Wall));
        LogCommand(plan.Name, kind, by, Reasoned.Of(sentence, reason));
        return new CommandResult.Done(known ? live.Status : status, sentence);
    }

    /// <summary>The first plan that this one cannot stand beside, as a sentence; null if there is none.</summary>
    private string? Conflict(RolloutPlan plan) =>
        First(board.Under(plan.Stable), plan, PlanRivals.OverRoutes)
        ?? (plan.Flag is { } flag && OwnerOf(flag, plan.Name) is { } owner ? PlanRivals.OverFlag(plan, owner) : null)
        ?? First(RolloutGroup.Others(board, plan), plan, PlanRivals.OverSteps);

    /// <summary>Two replicas may have taken the plans of one group in the same moment, each without the other's: none of them begins so.</summary>
    private string? Uneven(RolloutPlan plan) =>
        RolloutGroup.Others(board, plan).Select(other => PlanRivals.OverSteps(plan, other.Plan)).FirstOrDefault(sentence => sentence is not null);

    private string? First(IEnumerable<LiveRollout> others, RolloutPlan plan, Func<RolloutPlan, RolloutPlan, string?> rule) =>
        others.Select(live => live.Plan).Concat(_coming.Values).Select(other => rule(plan, other)).FirstOrDefault(sentence => sentence is not null);

    private string? OwnerOf(string flag, string but) =>
        board.All.FirstOrDefault(other => other.Name != but && other.Flags.Any(its => its.Name == flag))?.Name
        ?? _coming.Values.FirstOrDefault(other => other.Name != but && other.Flag == flag)?.Name;
}
