namespace Snapback.Proxy.Commands.Watching;

/// <summary>Hears the stream of events for as long as it is wanted, through every restart of the admin side.</summary>
/// <param name="only">One rollout; null for all.</param>
internal sealed class EventFollower(ClientCall call, EventBook book, string? only, Action<Happening> tell)
{
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
        IReadOnlySet<string>? names = null;
        while (!_isOver)
        {
            var heard = await events.NextAsync(call.Stop);
            if (_isLost)
            {
                _isLost = false;
                await call.Error.WriteLineAsync("The admin side is back.");
            }

            if (heard.Kind == "replica" && AdminAnswer.Parse(heard.Data)?.As<ReplicaEvent>().Rollouts is { } there)
            {
                names?.Except(there).Where(IsWanted).ToList().ForEach(Gone);
                names = there;
            }
            else if (heard.Kind == "rollout" && AdminAnswer.Parse(heard.Data) is { } rollout && IsWanted(rollout.As<RolloutView>().Name))
            {
                foreach (var happening in await book.NewsAsync(rollout))
                {
                    tell(happening);
                }
            }

            // Not before it was told: what breaks in between is told again.
            _after = heard.Id ?? _after;
        }
    }

    private bool IsWanted(string? name) => only is null || only == name;

    private void Gone(string name)
    {
        book.Forget(name);
        tell(Happening.OfDeleted(name, TimeProvider.System.GetUtcNow()));
        _isOver = only is not null;
    }

    private sealed record ReplicaEvent(HashSet<string>? Rollouts);
}
