namespace Snapback.Proxy.Commands.Watching;

/// <summary>Follows the event stream, also across restarts of the admin side.</summary>
/// <param name="only">The rollout to follow; null for all.</param>
/// <param name="there">The rollouts as they were before the stream began.</param>
/// <param name="tell">Gets what happened, in order.</param>
internal sealed class EventFollower(ClientCall call, EventBook book, string? only, IReadOnlyList<RolloutView> there, Action<Happening> tell)
{
    private HashSet<string> _there = [.. there.Select(rollout => rollout.Name!)];
    private bool _storeIsWell = there is not [{ Store: not null }, ..];
    private string? _after;
    private bool _isLost;
    private bool _isOver;

    /// <summary>Ends when the one rollout is deleted, or when it is stopped.</summary>
    public async Task RunAsync()
    {
        while (!_isOver)
        {
            try
            {
                using var events = await call.Admin.EventsAsync(_after, call.Host.Silence, call.Stop);
                await HearAsync(events);
            }
            catch (AdminUnreachableException e)
            {
                if (!_isLost)
                {
                    await call.Error.WriteLineAsync($"{e.Message} Trying again until it is back.");
                }

                _isLost = true;
                await Task.Delay(call.Host.LookEvery, call.Stop);
            }
        }
    }

    private async Task HearAsync(ServerEvents events)
    {
        while (!_isOver)
        {
            var heard = await events.NextAsync(call.Stop);
            if (_isLost)
            {
                _isLost = false;
                await call.Error.WriteLineAsync("The admin side is back.");
            }

            if (heard.Kind == "replica" && AdminAnswer.Parse(heard.Data, call.Admin.Address)?.As<ReplicaEvent>() is { } replica)
            {
                await HearAsync(replica);
            }
            else if (heard.Kind == "rollout"
                && AdminAnswer.Parse(heard.Data, call.Admin.Address) is { } rollout
                && rollout.As<RolloutView>() is var now
                && IsWanted(now.Name))
            {
                if (book.WasMadeAnew(now))
                {
                    Gone(now.Name!, now.Created!.Value);
                }

                foreach (var happening in await book.NewsAsync(rollout))
                {
                    tell(happening);
                }
            }

            // Only once the event was told: if that fails, the next stream begins with it.
            _after = heard.Id ?? _after;
        }
    }

    private async Task HearAsync(ReplicaEvent replica)
    {
        if (_storeIsWell != replica.Store is null)
        {
            _storeIsWell = replica.Store is null;
            await call.Error.WriteLineAsync(replica.Store ?? "The store is back.");
        }

        // A replica without its store may not know all rollouts: one that it does not list need not be deleted.
        if (replica is { StoreUp: true, Rollouts: { } there })
        {
            foreach (var name in _there.Except(there).Where(IsWanted))
            {
                Gone(name, TimeProvider.System.GetUtcNow());
                _isOver = only is not null;
            }

            _there = there;
        }
    }

    private bool IsWanted(string? name) => only is null || only == name;

    private void Gone(string name, DateTimeOffset at)
    {
        book.Forget(name);
        tell(Happening.OfDeleted(name, at));
    }

    private sealed record ReplicaEvent(HashSet<string>? Rollouts, bool StoreUp = true, string? Store = null);
}
