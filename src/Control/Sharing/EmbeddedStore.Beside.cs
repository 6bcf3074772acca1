using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>What was lowered while a commit was on its way: each has a revision, and a line, of its own.</summary>
public sealed partial class EmbeddedStore
{
    public async Task<long?> JoinAsync(RolloutStatus status, HistoryEntry? entry)
    {
        long? beside = null;
        await KeptAsideUntil(status, () => (beside = Beside(status)) is null && Joined(status, entry));
        return beside;
    }

    private RolloutStatus? StatusOf(string name)
    {
        using var command = Command("SELECT status FROM rollouts WHERE name = $name", [("$name", name)]);
        return command.ExecuteScalar() is string text ? StoreJson.TryRead<RolloutStatus>(text) : null;
    }

    private long? Beside(RolloutStatus status) =>
        StatusOf(status.Name) is { Phase: not RolloutPhase.RolledBack } stored
            && stored.Generation == status.Generation && stored.Revision >= status.Revision && StatusOrder.Dominates(status, stored)
            ? stored.Revision
            : null;

    private bool Joined(RolloutStatus status, HistoryEntry? entry)
    {
        using var command = Command("""
            UPDATE rollouts SET generation = $generation, revision = $revision, rolled_back = $rolledBack, status = $status
            WHERE name = $name AND (generation, rolled_back, revision) <= ($generation, $rolledBack, $revision)
            """, Values(status));
        if (command.ExecuteNonQuery() > 0 && entry is not null)
        {
            Append(status.Name, entry);
            Put(new OutboxEntry(entry, status));
        }

        return true;
    }
}
