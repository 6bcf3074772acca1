using System.Collections.Concurrent;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// What is deleted, and which rollouts of a fleet are no more: a Redis that comes back as it was an hour ago has them still, at the weight
/// they had.
/// </summary>
public sealed partial class EmbeddedStore
{
    /// <summary>Nobody deletes more between two snapshots.</summary>
    private const int DeletedKept = 1000;

    private readonly ConcurrentDictionary<(string Name, long Created), long> _deleted = new();

    /// <summary>This very rollout; another of its name is another rollout.</summary>
    public bool WasDeleted(RolloutStatus status) => _deleted.ContainsKey(Identity(status));

    /// <summary>Above all that was deleted from a fleet under this name: a replica that was away has it still, and may come back when Redis forgot.</summary>
    public Task<long> FirstGenerationAsync(string name) => Task.FromResult(
        _deleted.Where(deleted => deleted.Key.Name == name).Select(deleted => deleted.Value + 1).DefaultIfEmpty().Max());

    /// <summary>A fleet's journal: whatever it has of a rollout that is no more, but that.</summary>
    public Task ForgetAsync(RolloutStatus status)
    {
        _deleted[Identity(status)] = status.Generation;
        return Run(() =>
        {
            Forget(status.Name);
            using var command = Command(
                """
                INSERT OR REPLACE INTO gone(name, created, generation) VALUES($name, $created, $generation);
                DELETE FROM gone WHERE id <= (SELECT id FROM gone ORDER BY id DESC LIMIT 1 OFFSET $kept)
                """,
                [("$name", status.Name), ("$created", status.Created.UtcTicks), ("$generation", status.Generation), ("$kept", DeletedKept)]);
            return command.ExecuteNonQuery();
        });
    }

    public Task<bool> DeleteAsync(RolloutStatus expected) => Run(() =>
    {
        using var command = Command(
            "SELECT 1 FROM rollouts WHERE name = $name AND generation = $g AND revision = $r",
            [("$name", expected.Name), ("$g", expected.Generation), ("$r", expected.Revision)]);
        var isThere = command.ExecuteScalar() is not null;
        if (isThere)
        {
            Forget(expected.Name);
        }

        return isThere;
    });

    private void Forget(string name)
    {
        foreach (var table in (string[])["rollouts", "history", "outbox"])
        {
            using var command = Command($"DELETE FROM {table} WHERE name = $name", [("$name", name)]);
            command.ExecuteNonQuery();
        }
    }

    private void LoadDeleted()
    {
        using var command = Command("SELECT name, created, generation FROM gone");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            _deleted[(reader.GetString(0), reader.GetInt64(1))] = reader.GetInt64(2);
        }
    }

    private static (string, long) Identity(RolloutStatus status) => (status.Name, status.Created.UtcTicks);
}
