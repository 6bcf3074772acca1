namespace Snapback.Control.Rollouts;

/// <summary>The way down of a group: on the culprit's own thread, in memory, before anybody is told.</summary>
public sealed partial class LiveRollout
{
    /// <summary>Down with the member that was rolled back. Its version is not to blame and may start again.</summary>
    public void ComeDownWith(RolloutStatus culprit)
    {
        if (TryComeDown(culprit))
        {
            _loweredHere(this);
        }
    }

    /// <returns>True if it was this call that lowered it.</returns>
    private bool TryComeDown(RolloutStatus culprit)
    {
        if (culprit.Rollback is not { } record)
        {
            return false;
        }

        var sentence =
            $"Rolled back {_status.Version ?? _plan.Canary} ({_plan.ShownWeight(_status)} → 0%) with its group '{_plan.Group}': " +
            $"{culprit.Name} was rolled back ({record.Trigger}). {record.Explanation}";
        return RollBackUntold($"group:{culprit.Name}", sentence, Authority.Group, record.By, record.Reason, blamesVersion: false, since: null) is not null;
    }

    /// <summary>
    /// The others come down in memory first. Then the one that it began with is told before them: a process that is killed between the two
    /// leaves a record of why, and whoever finishes it names that one, not one of the others.
    /// </summary>
    private RolloutStatus Tell(RolloutStatus before, RolloutStatus after)
    {
        var others = TakeGroupDown(before, after);
        _loweredHere(this);
        others.ForEach(static other => other._loweredHere(other));
        return after;
    }

    /// <returns>Whom this call lowered; the store has not been told of them.</returns>
    private List<LiveRollout> TakeGroupDown(RolloutStatus before, RolloutStatus after) =>
        // Who came down with somebody takes nobody along: the others shall name the one that it began with.
        Board is { } board && after.Rollback is { Authority: not Authority.Group }
            ? [.. RolloutGroup.Others(board, _plan).Where(other => RolloutGroup.ComesDownWith(other.Status, before) && other.TryComeDown(after))]
            : [];
}
