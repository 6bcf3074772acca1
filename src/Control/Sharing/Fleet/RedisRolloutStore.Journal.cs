using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What this replica knows, on its own disk. The fleet has it: a disk that is full or gone undoes nothing that Redis has taken.</summary>
internal sealed partial class RedisRolloutStore
{
    /// <summary>Told once, with the rollout and why, when the disk begins to refuse.</summary>
    public Action<string, string> NotJournaled { get; set; } = (_, _) => { };

    public Task KeepAsync(string plan, RolloutStatus status, HistoryEntry? entry) =>
        TryAsync(status.Name, () => _journal.KeepAsync(plan, status, entry));

    public Task ForgetAsync(RolloutStatus status) => TryAsync(status.Name, () => _journal.ForgetAsync(status));

    private async Task TryAsync(string name, Func<Task> write)
    {
        var wasWell = _journal.IsUp;
        try
        {
            await write();
        }
        catch (StoreUnavailableException e) when (wasWell)
        {
            NotJournaled(name, e.Message);
        }
        catch (StoreUnavailableException)
        {
            // It was said, and stands in the status.
        }
    }
}
