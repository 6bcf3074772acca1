using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// Where plans, statuses, history and what is not told yet are kept: on this replica's disk, or shared by a fleet. Every write is
/// whole or not at all. Every call throws <see cref="StoreUnavailableException"/> if the store cannot take it now; nothing was written
/// then. If that cannot be known, it is an <see cref="OutcomeUnknownException"/>.
/// </summary>
public interface IRolloutStore : IOutbox, IAsyncDisposable
{
    /// <summary>What it means that it is away, for whoever reads why.</summary>
    protected const string WhileAway = "A rollback works as always; nothing goes up until it is back.";

    /// <summary>The last call was answered.</summary>
    bool IsUp { get; }

    /// <summary>What an operator has to know of it, in two sentences; null while all is well.</summary>
    string? Trouble { get; }

    Task<IReadOnlyList<StoredRollout>> LoadAsync();

    /// <summary>
    /// The generation of a new rollout of this name: above those of every deleted one, which a replica that was away may still hold and
    /// bring back. 0 where none was deleted.
    /// </summary>
    Task<long> FirstGenerationAsync(string name);

    /// <summary>Writes a plan and the status that goes with it, unless the stored status is no more the expected one.</summary>
    /// <returns>False if it is not; nothing was written then.</returns>
    Task<bool> PutPlanAsync(RolloutPlan plan, RolloutStatus expected, RolloutStatus status, HistoryEntry entry);

    /// <summary>Compare-and-set: writes only if the stored status still is the expected one.</summary>
    /// <returns>False if it is not; nothing was written then.</returns>
    Task<bool> CommitAsync(RolloutStatus expected, RolloutStatus next, HistoryEntry entry);

    /// <summary>
    /// Writes what this replica already did in memory, wherever the stored one stands, unless that dominates. The same status
    /// may come again with late counts (victims still in flight); it then replaces itself, without a new line of history.
    /// </summary>
    /// <returns>The revision of a commit that it was made beside, and must come behind; null once it is written, or dominated.</returns>
    Task<long?> JoinAsync(RolloutStatus status, HistoryEntry? entry);

    /// <summary>Adds a line of what changed nothing, and puts it into the outbox.</summary>
    Task AppendAsync(OutboxEntry line);

    /// <summary>What other replicas counted of an attempt, up to its last request where they have told that; empty for one proxy.</summary>
    Task<IReadOnlyList<(string Replica, Tally Tally)>> CountedByOthersAsync(string rollout, Generation ended);

    /// <summary>Who had met a version when all its requests had ended, into the line of its rollback.</summary>
    Task SettleAsync(string rollout, long generation, Exposure met);

    /// <summary>Deletes it with all that belongs to it, unless the stored status is no more the expected one.</summary>
    /// <returns>False if it is not; nothing was deleted then.</returns>
    Task<bool> DeleteAsync(RolloutStatus expected);

    /// <summary>Whether this replica is the one that counts a rollback in its metrics: the first that asks. Remembered for an hour.</summary>
    /// <param name="id">The <see cref="NewsId"/> of the rollback.</param>
    Task<bool> IsToCountAsync(string rollout, string id);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string name, int most);
}
