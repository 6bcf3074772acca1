using Microsoft.Data.Sqlite;
using Snapback.Control.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

public sealed class GroupCommitTests : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly GroupCommit _commits;
    private int _made;

    public GroupCommitTests()
    {
        _connection.Open();
        Execute("CREATE TABLE lines(line INTEGER NOT NULL) STRICT");
        SQLitePCL.raw.sqlite3_commit_hook(_connection.Handle, _ =>
        {
            _made++;
            return 0;
        }, null);
        _commits = new GroupCommit(_connection);
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public async Task What_waits_together_is_one_commit_and_of_it_only_the_part_that_failed_is_missing()
    {
        using var gate = new ManualResetEventSlim();
        var first = _commits.RunAsync(() =>
        {
            gate.Wait();
            return Insert(0);
        });
        var others = Enumerable.Range(1, 400).Select(i => _commits.RunAsync(() =>
        {
            Insert(i);
            return i % 100 == 7 ? throw new FormatException($"{i}") : Insert(i);
        })).ToList();
        gate.Set();
        await first;
        await Task.WhenAll(others).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal(
            ["107", "207", "307", "7"],
            others.Where(other => other.IsFaulted)
                .Select(other => other.Exception!.InnerException!.Message)
                .Order(StringComparer.Ordinal));
        Assert.Equal(1 + 2 * 396L, Count("1"));
        Assert.Equal(0L, Count("line % 100 = 7"));
        Assert.InRange(_made, 1, 2);
    }

    [Fact]
    public async Task A_commit_that_fails_is_nobodys_and_the_next_is_tried()
    {
        using var gate = new ManualResetEventSlim();
        var first = _commits.RunAsync(() =>
        {
            gate.Wait();
            return Insert(1);
        });
        var second = _commits.RunAsync(() =>
        {
            // As a full disk does it: the file takes the whole transaction back.
            Execute("ROLLBACK");
            return Insert(2);
        });
        gate.Set();
        await Assert.ThrowsAnyAsync<Exception>(() => Task.WhenAll(first, second));
        await _commits.RunAsync(() => Insert(3));
        Assert.Equal(1L, Count("line = 3"));
        Assert.Equal(first.IsCompletedSuccessfully ? 1L : 0L, Count("line = 1"));
    }

    private int Insert(int line) => Execute($"INSERT INTO lines VALUES({line})");

    private int Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    private long Count(string where)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM lines WHERE {where}";
        return (long)command.ExecuteScalar()!;
    }
}
