using Microsoft.Data.Sqlite;
using Snapback.Control.Sharing;

namespace Snapback.Control.Tests.Sharing;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("snapback-test-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public string Database => At("snapback.db");

    /// <summary>A store that cannot write a status in which the word <c>unwritable</c> stands, as if the disk were full just then.</summary>
    public Task BreakForAsync(string word) => TriggerAsync($"NEW.status LIKE '%{word}%'");

    /// <summary>A store that cannot write any status for a while of real time.</summary>
    public Task BreakForAsync(TimeSpan time) =>
        TriggerAsync(
            "unixepoch('subsec') < (SELECT at FROM sabotage)",
            $"CREATE TABLE sabotage AS SELECT unixepoch('subsec') + {time.TotalSeconds} AS at;");

    /// <summary>A store whose commit of a status with this word in it takes about as long as counting to the number.</summary>
    public Task SlowDownAsync(string word, int count) => TriggerAsync(
        $"NEW.status LIKE '%{word}%' AND (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT {count}) SELECT max(x) FROM c) = 0");

    /// <summary>There is room again.</summary>
    public Task RepairAsync() => ExecuteAsync("DROP TRIGGER sabotaged");

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private async Task TriggerAsync(string condition, string before = "")
    {
        await EmbeddedStore.Open(Path).DisposeAsync();
        await ExecuteAsync(
            $"{before} CREATE TRIGGER sabotaged BEFORE UPDATE ON rollouts WHEN {condition} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END;");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
