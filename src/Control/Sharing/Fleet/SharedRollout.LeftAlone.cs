using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What the fleet has and this replica must not touch: what it cannot read, and what is not the rollout that its directory has.</summary>
internal sealed partial class SharedRollout
{
    private bool _complained;
    private bool _isNewer;
    private bool _isForeign;

    /// <summary>This process has been one of the fleet: what it knows is the fleet's, wherever it began.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>It was taken up from the fleet.</summary>
    public void Join() => IsJoined = true;

    private bool IsLeftAlone => _isNewer || _isForeign;

    /// <summary>It may say that the canary is rolled back, so the canary gets nothing here; what is lower here is told, for those who can write.</summary>
    private async Task LeaveToNewerAsync(FleetDocument document)
    {
        Complain("was written by a newer version of Snapback: this replica leaves it alone, and its canary gets nothing here until it can read it");
        _isNewer = true;
        live.Withhold(true);
        if (string.CompareOrdinal(StatusOrder.Key(live.Status), document.Key) > 0)
        {
            await TellAsync(overwrite: false);
        }
    }

    /// <summary>
    /// Another rollout of that name, which would win by its higher generation: of a directory that served alone, or in another fleet. Where one
    /// of the two has never started anything, the other is what is wanted. What was deleted from the fleet is put right by others.
    /// </summary>
    private bool IsOfElsewhere(RolloutStatus theirs) =>
        !IsJoined && live.Status is { Generation: > 0 } mine && theirs.Generation > 0 && theirs.Created != mine.Created
        && StatusOrder.Dominates(mine, theirs) && !fleet.Store.Journal.WasDeleted(theirs);

    private void LeaveToFleet(RolloutStatus theirs)
    {
        if (!_isForeign)
        {
            _isForeign = true;
            fleet.LogForeign(live.Name, theirs.Created, theirs.Generation, live.Status.Created, live.Status.Generation);
        }
    }

    private void Complain(string why)
    {
        if (!_complained)
        {
            _complained = true;
            fleet.LogUnreadable(live.Name, why);
        }
    }
}
