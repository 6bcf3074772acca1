using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>Which rollouts the fleet has: found, seeded, deleted.</summary>
internal sealed partial class FleetMember
{
    /// <summary>Found in Redis, and not readable here; what the journal has and cannot be read is not among them.</summary>
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);

    /// <summary>Another replica deleted it, or this one did and hears of it before the command has ended.</summary>
    public async Task TakeDownAsync(LiveRollout live)
    {
        if (Of(live.Name) is { } rollout && rollout.Live == live)
        {
            _rollouts.TryRemove(KeyValuePair.Create(live.Name, rollout));
        }

        if (_board.TryGet(live.Name, out var mine) && ReferenceEquals(mine, live))
        {
            _board.Remove(live.Name);
            _sync.Forget(live);
            if (!Store.Journal.WasDeleted(live.Status))
            {
                LogDeleted(live.Name);
            }

            await Store.ForgetAsync(live.Status);
        }
    }

    /// <summary>
    /// A plan given at the start while the fleet is silent. Of the lowest revision there is, so that whatever the fleet has wins.
    /// </summary>
    public async Task SeedAsync(RolloutPlan plan, string by)
    {
        var live = _board.Ensure(
            plan.Name,
            () => Withheld(_make(plan, RolloutStatus.New(plan.Name, Time.GetUtcNow()) with { By = by })),
            out var isNew);
        if (isNew)
        {
            await KeepAsync(SharedContent.Of(live));
        }
    }

    private async Task DiscoverForEverAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await CatchUpAsync();
                await DiscoverAsync();
            }
            catch (StoreUnavailableException)
            {
                // The link says so, once.
            }
#pragma warning disable CA1031 // Whatever it was: a replica that stopped looking would never have another rollout of the fleet's.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogDiscoveryFailed(e);
            }

            await Task.Delay(Discovery, Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DiscoverAsync()
    {
        var names = (await Store.NamesAsync()).ToHashSet(StringComparer.Ordinal);
        await Store.NameAsync([.. _rollouts.Keys.Where(name => !names.Contains(name))]);
        StoreUnavailableException? unread = null;
        foreach (var name in names.Union(_unread).Where(name => !_board.TryGet(name, out _)).ToList())
        {
            try
            {
                await TakeUpAsync(name);
            }
            catch (StoreUnavailableException e)
            {
                // In a cluster the next one may be on a server that lives.
                unread = e;
            }
        }

        if (unread is not null)
        {
            throw unread;
        }

        _board.IsPartial = false;
    }

    private async Task TakeUpAsync(string name)
    {
        var document = await Store.ReadAsync(name);
        LeaveAlone(name, document.State == DocumentState.Newer);
        if (document.State == DocumentState.Deleted)
        {
            await Store.UnnameAsync(name);
        }
        else if (document.Content is { } content && Store.Journal.WasDeleted(content.Status))
        {
            LogDeletedAgain(name);
            await Store.DeleteAsync(content.Status);
        }
        else if (document.Content is { } unknown)
        {
            TakeUp(unknown);
        }
    }

    private void LeaveAlone(string name, bool isNewer)
    {
        if (!isNewer)
        {
            if (_unread.Remove(name))
            {
                _board.LeaveAloneNoMore(name);
            }
        }
        else if (!_board.IsLeftAlone(name))
        {
            _unread.Add(name);
            _board.LeaveAlone(name);
            LogUnreadable(
                name,
                "was written by a newer version of Snapback: this replica leaves it alone, and sends its traffic to stable until it can read it");
        }
    }

    private void TakeUp(SharedContent content)
    {
        var name = content.Plan.Name;
        if (_board.TryGet(name, out _) || _board.IsLeftAlone(name) || Store.Journal.WasDeleted(content.Status))
        {
            return;
        }

        _board.Ensure(name, () => _make(content.Plan, content.Status), out var isNew);
        if (isNew)
        {
            Of(name)?.Join();
            _ = KeepAsync(content);
            LogTakenUp(name);
        }
    }

    /// <summary>
    /// A directory that served elsewhere may have a rollout that the fleet has not, over the routes of one that it has. Told to all, it would be
    /// chance which of the two has the traffic.
    /// </summary>
    private async Task LeaveOutRivalsAsync()
    {
        foreach (var live in _board.All)
        {
            if (RivalOf(live) is { } rival && await Store.ReadAsync(live.Name) is { State: DocumentState.Absent })
            {
                _rollouts.TryRemove(live.Name, out _);
                _board.Remove(live.Name);
                _sync.Forget(live);
                _board.Given.LeaveOut(live.Name, rival);
                LogLeftOut(live.Name, rival);
                await Store.UnnameAsync(live.Name);
            }
        }
    }

    private string? RivalOf(LiveRollout live) => _board.Under(live.Plan.Stable)
        .Where(other => Of(other.Name) is { IsJoined: true })
        .Select(other => PlanRivals.OverRoutes(live.Plan, other.Plan))
        .FirstOrDefault(sentence => sentence is not null);

    private static LiveRollout Withheld(LiveRollout live)
    {
        live.Withhold(true);
        return live;
    }

    /// <summary>Into this replica's journal.</summary>
    public Task KeepAsync(SharedContent content) => Store.KeepAsync(content.Json, content.Status, null);

    /// <summary>Writes what a full disk has refused, once there is room: of many, one is tried until then.</summary>
    private async Task CatchUpAsync()
    {
        foreach (var refused in Store.Behind)
        {
            await (_board.TryGet(refused.Name, out var live) ? KeepAsync(SharedContent.Of(live)) : Store.ForgetAsync(refused));
            if (!Store.Journal.IsUp)
            {
                return;
            }
        }
    }
}
