using Microsoft.Data.Sqlite;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// Plans, statuses and history of one replica in a SQLite file. A commit is on the disk when it returns (write-ahead log,
/// synchronous FULL), whole or not at all, whenever the process is killed. The file is held exclusively: two proxies on one
/// directory would each believe their own memory.
/// </summary>
public sealed partial class EmbeddedStore : IRolloutStore
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS rollouts(
            name TEXT PRIMARY KEY, plan TEXT NOT NULL, generation INTEGER NOT NULL, revision INTEGER NOT NULL,
            rolled_back INTEGER NOT NULL, status TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS history(
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, entry TEXT NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS history_by_name ON history(name, id);
        CREATE TABLE IF NOT EXISTS outbox(
            id TEXT PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL, untold TEXT) STRICT;
        CREATE INDEX IF NOT EXISTS outbox_untold ON outbox(at, id) WHERE untold IS NOT NULL;
        CREATE INDEX IF NOT EXISTS outbox_told ON outbox(at) WHERE untold IS NULL;
        CREATE TABLE IF NOT EXISTS gone(
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, created INTEGER NOT NULL, generation INTEGER NOT NULL,
            UNIQUE(name, created)) STRICT;
        """;

    private readonly SqliteConnection _connection;
    private readonly GroupCommit _commits;
    private readonly string _file;
    private readonly LoweredAside _aside;
    private bool _disposed;

    private EmbeddedStore(SqliteConnection connection, string file, LoweredAside aside, int kept)
    {
        _connection = connection;
        _commits = new GroupCommit(connection);
        _file = file;
        _aside = aside;
        Kept = kept;
        LoadDeleted();
    }

    /// <summary>The newest lines of each rollout's history are kept, so many; a store that is written to for years does not grow.</summary>
    public int Kept { get; }

    /// <param name="kept">Lines of history, of each rollout.</param>
    /// <exception cref="StoreUnavailableException">The directory cannot be written, the file is no store, or another process holds it.</exception>
    public static EmbeddedStore Open(string directory, int kept = HistoryEntry.Kept)
    {
        var file = FileIn(directory);
        if (!File.Exists(file))
        {
            // Says why; SQLite says that it is unable to.
            TryToWrite(file);
        }

        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            // SQLite would let everybody read it; the log beside it gets the database's rights.
            PrivateFile.MakeIfMissing(file);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = 1 }.ToString());
            connection.Open();
            Execute(connection, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            Execute(connection, Schema);
            // An empty write takes the exclusive lock now and not at the first command.
            Execute(connection, "BEGIN IMMEDIATE; COMMIT;");
            return new EmbeddedStore(connection, file, LoweredAside.Open(Path.ChangeExtension(file, "untold")), kept);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw e is SqliteException { SqliteErrorCode: 5 }
                ? new StoreUnavailableException(
                    $"The store '{file}' cannot be opened: another process holds it. Stop that one, or name another directory with --data DIR.",
                    e)
                : Refused(file, e);
        }
    }

    public Task<IReadOnlyList<StoredRollout>> LoadAsync() => Read<IReadOnlyList<StoredRollout>>(() =>
    {
        var rollouts = new List<StoredRollout>();
        using var command = Command("SELECT name, plan, status FROM rollouts ORDER BY name");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var (name, status) = (reader.GetString(0), StoreJson.TryRead<RolloutStatus>(reader.GetString(2)));
            rollouts.Add(new StoredRollout(name, reader.GetString(1), status, LeftUntold(name, status)));
        }

        return rollouts;
    });

    public Task<bool> PutPlanAsync(RolloutPlan plan, RolloutStatus expected, RolloutStatus status, HistoryEntry entry) => Run(() =>
    {
        using var command = Command("""
            INSERT INTO rollouts(name, plan, generation, revision, rolled_back, status) VALUES($name, $plan, $generation, $revision, $rolledBack, $status)
            ON CONFLICT(name) DO UPDATE SET plan = excluded.plan, generation = excluded.generation, revision = excluded.revision,
                rolled_back = excluded.rolled_back, status = excluded.status
            WHERE rollouts.generation = $g AND rollouts.revision = $r
            """, [.. Values(status), ("$plan", PlanWriter.ToJson(plan)), ("$g", expected.Generation), ("$r", expected.Revision)]);
        if (command.ExecuteNonQuery() == 0)
        {
            return false;
        }

        Append(plan.Name, entry);
        Put(new OutboxEntry(entry, status));
        return true;
    });

    public Task<bool> CommitAsync(RolloutStatus expected, RolloutStatus next, HistoryEntry entry) => Run(() =>
    {
        using var command = Command("""
            UPDATE rollouts SET generation = $generation, revision = $revision, rolled_back = $rolledBack, status = $status
            WHERE name = $name AND generation = $g AND revision = $r
            """, [.. Values(next), ("$g", expected.Generation), ("$r", expected.Revision)]);
        if (command.ExecuteNonQuery() == 0)
        {
            return false;
        }

        Append(next.Name, entry);
        Put(new OutboxEntry(entry, next));
        return true;
    });

    /// <summary>A fleet's journal: what holds, written whether or not this file knew the rollout, unless it knows better. The
    /// fleet's own outbox is the one that is told from.</summary>
    public Task KeepAsync(string plan, RolloutStatus status, HistoryEntry? entry)
    {
        // The fleet has what was raised; what it has not, if it is away too, may only go down.
        return status.Phase == RolloutPhase.RolledBack ? KeptAsideUntil(status, Kept) : Run(Kept);

        bool Kept()
        {
            // It may have been deleted while this was on its way.
            if (!WasDeleted(status))
            {
                Keep(plan, status, entry);
            }

            return true;
        }
    }

    /// <summary>From an archive: joined as a journal's entry is; the history only where there is none.</summary>
    /// <param name="history">Newest first.</param>
    public Task RestoreAsync(string plan, RolloutStatus status, IReadOnlyList<HistoryEntry> history) => Run(() =>
    {
        foreach (var entry in History(status.Name, 1).Count == 0 ? history.Reverse() : [])
        {
            Append(status.Name, entry);
        }

        Keep(plan, status, null);
        return true;
    });

    public Task<bool> IsToCountAsync(string rollout, string id) => Task.FromResult(true);

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string name, int most) => Read<IReadOnlyList<HistoryEntry>>(() => History(name, most));

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        // Behind whatever was to be written.
        await ((Task)_commits.RunAsync(() => true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _connection.DisposeAsync();
        _aside.Dispose();
    }

    private void Keep(string plan, RolloutStatus status, HistoryEntry? entry)
    {
        using var command = Command("""
            INSERT INTO rollouts(name, plan, generation, revision, rolled_back, status) VALUES($name, $plan, $generation, $revision, $rolledBack, $status)
            ON CONFLICT(name) DO UPDATE SET plan = excluded.plan, generation = excluded.generation, revision = excluded.revision,
                rolled_back = excluded.rolled_back, status = excluded.status
            WHERE (rollouts.generation, rollouts.rolled_back, rollouts.revision) <= (excluded.generation, excluded.rolled_back, excluded.revision)
            """, [.. Values(status), ("$plan", plan)]);
        if (command.ExecuteNonQuery() > 0 && entry is not null)
        {
            Supersede(status.Name, entry);
            Append(status.Name, entry);
        }
    }

    /// <summary>A change that has come behind a commit it had not heard of is the same one still.</summary>
    private void Supersede(string name, HistoryEntry entry)
    {
        using var command = Command(
            """
            DELETE FROM history WHERE id IN (
                SELECT id FROM (SELECT id, entry FROM history WHERE name = $name ORDER BY id DESC LIMIT 20)
                WHERE entry ->> 'generation' = $generation AND entry ->> 'revision' < $revision
                    AND (entry ->> 'id' = $entry ->> 'id' OR entry ->> 'at' = $entry ->> 'at'))
            """,
            [("$name", name), ("$entry", StoreJson.Write(entry)), ("$generation", entry.Generation), ("$revision", entry.Revision)]);
        command.ExecuteNonQuery();
    }

    private List<HistoryEntry> History(string name, int most)
    {
        var entries = new List<HistoryEntry>();
        using var command = Command("SELECT entry FROM history WHERE name = $name ORDER BY id DESC LIMIT $most", [("$name", name), ("$most", most)]);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (StoreJson.TryRead<HistoryEntry>(reader.GetString(0)) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    private static (string, object)[] Values(RolloutStatus status) =>
    [
        ("$name", status.Name),
        ("$generation", status.Generation),
        ("$revision", status.Revision),
        ("$rolledBack", status.Phase == RolloutPhase.RolledBack ? 1 : 0),
        ("$status", StoreJson.Write(status)),
    ];

    /// <summary>Once: a journal's line comes again with every attempt to tell a fleet that is away.</summary>
    private void Append(string name, HistoryEntry entry)
    {
        using var command = Command(
            """
            INSERT INTO history(name, entry) SELECT $name, $entry WHERE NOT EXISTS (
                SELECT 1 FROM (SELECT entry FROM history WHERE name = $name ORDER BY id DESC LIMIT 20)
                WHERE entry ->> 'id' = $id AND entry ->> 'revision' = $revision);
            DELETE FROM history WHERE name = $name AND id <= (SELECT id FROM history WHERE name = $name ORDER BY id DESC LIMIT 1 OFFSET $kept)
            """,
            [
                ("$name", name), ("$entry", StoreJson.Write(entry)), ("$id", (object?)entry.Id ?? DBNull.Value),
                ("$revision", entry.Revision), ("$kept", Kept),
            ]);
        command.ExecuteNonQuery();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
