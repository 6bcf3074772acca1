using System.Collections.Concurrent;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What this replica knows, on its own disk. The fleet has it: a disk that is full or gone undoes nothing that Redis has taken.</summary>
internal sealed partial class RedisRolloutStore
{
    private readonly ConcurrentDictionary<string, RolloutStatus> _behind = new(StringComparer.Ordinal);

    /// <summary>Told once, with the rollout and why, when the disk begins to refuse.</summary>
    public Action<string, string> NotJournaled { get; set; } = (_, _) => { };

    /// <summary>Of each rollout, what the disk has refused last and has not taken since.</summary>
    public ICollection<RolloutStatus> Behind => _behind.Values;

    public Task KeepAsync(string plan, RolloutStatus status, HistoryEntry? entry) =>
        TryAsync(status, () => _journal.KeepAsync(plan, status, entry));

    /// <summary>Who gave the drill is not who brought the rollout to where it is: only the line says so.</summary>
    private Task KeepLineAsync(OutboxEntry line) => TryAsync(line.Status, () => _journal.KeepLineAsync(line));

    public Task ForgetAsync(RolloutStatus status) => TryAsync(status, () => _journal.ForgetAsync(status));

    private async Task TryAsync(RolloutStatus status, Func<Task> write)
    {
        var wasWell = _journal.IsUp && _behind.IsEmpty;
        _behind.TryGetValue(status.Name, out var refused);
        try
        {
            await write();
            if (refused is not null && !StatusOrder.Dominates(refused, status))
            {
                // That one: what was refused during this write stays.
                _behind.TryRemove(KeyValuePair.Create(status.Name, refused));
            }
        }
        catch (StoreUnavailableException e)
        {
            _behind[status.Name] = status;
            if (wasWell)
            {
                NotJournaled(status.Name, e.Message);
            }
        }
    }
}
