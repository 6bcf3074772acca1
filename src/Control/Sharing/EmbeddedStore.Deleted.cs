using System.Collections.Concurrent;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>Which rollouts of a fleet are no more: a Redis that comes back as it was an hour ago has them still, at the weight they had.</summary>
public sealed partial class EmbeddedStore
{
    /// <summary>Nobody deletes more between two snapshots.</summary>
    private const int DeletedKept = 1000;

    private readonly ConcurrentDictionary<(string Name, long Created), bool> _deleted = new();

    /// <summary>This very rollout; another of its name is another rollout.</summary>
    public bool WasDeleted(RolloutStatus status) => _deleted.ContainsKey(Identity(status));

    /// <summary>A fleet's journal: whatever it has of a rollout that is no more, but that.</summary>
    public Task ForgetAsync(RolloutStatus status)
    {
        _deleted[Identity(status)] = true;
        return Run(() =>
        {
            Forget(status.Name);
            using var command = Command(
                """
                INSERT OR IGNORE INTO deleted(name, created) VALUES($name, $created);
                DELETE FROM deleted WHERE id <= (SELECT id FROM deleted ORDER BY id DESC LIMIT 1 OFFSET $kept)
                """,
                [("$name", status.Name), ("$created", status.Created.UtcTicks), ("$kept", DeletedKept)]);
            return command.ExecuteNonQuery();
        });
    }

    private void LoadDeleted()
    {
        using var command = Command("SELECT name, created FROM deleted");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            _deleted[(reader.GetString(0), reader.GetInt64(1))] = true;
        }
    }

    private static (string, long) Identity(RolloutStatus status) => (status.Name, status.Created.UtcTicks);
}
