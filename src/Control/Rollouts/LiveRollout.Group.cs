namespace Snapback.Control.Rollouts;

/// <summary>The way down of a group: on the culprit's own thread, in memory, before anybody is told.</summary>
public sealed partial class LiveRollout
{
    /// <summary>Down with the member that was rolled back. Its version is not to blame and may start again.</summary>
    public void ComeDownWith(RolloutStatus culprit)
    {
        if (culprit.Rollback is { } record)
        {
            var sentence =
                $"Rolled back {_status.Version ?? _plan.Canary} ({_plan.ShownWeight(_status)} → 0%) with its group '{_plan.Group}': " +
                $"{culprit.Name} was rolled back ({record.Trigger}). {record.Explanation}";
            RollBack($"group:{culprit.Name}", sentence, Authority.Group, record.By, record.Reason, blamesVersion: false);
        }
    }

    private void TakeGroupDown(RolloutStatus before, RolloutStatus after)
    {
        // Who came down with somebody takes nobody along: the others shall name the one that it began with.
        if (Board is not { } board || after.Rollback is not { Authority: not Authority.Group })
        {
            return;
        }

        foreach (var other in RolloutGroup.Others(board, _plan))
        {
            if (RolloutGroup.ComesDownWith(other.Status, before))
            {
                other.ComeDownWith(after);
            }
        }
    }
}
