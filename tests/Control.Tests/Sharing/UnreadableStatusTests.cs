using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>A status that another version of the product wrote: nobody here may guess what it meant.</summary>
public sealed class UnreadableStatusTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("'no json'")]
    [InlineData("'null'")]
    [InlineData("'[]'")]
    [InlineData("json_set(status, '$.phase', 'Dreaming')")]
    [InlineData("json_set(status, '$.weight', 'heavy')")]
    [InlineData("json_set(status, '$.weight', 10001)")]
    [InlineData("json_remove(status, '$.name')")]
    public async Task Its_plan_is_loaded_without_it_and_the_others_are_whole(string status)
    {
        await WriteAsync("shop", "other");
        await SpoilAsync(status);
        await using var store = EmbeddedStore.Open(_directory.Path);
        var rollouts = await store.LoadAsync();
        Assert.Equal(
            [("other", true, true), ("shop", true, false)],
            rollouts.Select(stored => (stored.Name, stored.Plan.Length > 2, stored.Status is not null)));
    }

    [Fact]
    public async Task Its_rollout_is_not_taken_up_and_the_plan_of_the_next_start_leaves_it_alone()
    {
        await WriteAsync("shop", "other");
        await SpoilAsync("json_set(status, '$.phase', 'Dreaming')");
        var plane = await OpenAsync();
        Assert.Equal(["other"], plane.Board.All.Select(live => live.Name));
        await plane.SeedAsync([Samples.Plan]);
        await plane.DisposeAsync();
        Assert.Equal("Dreaming", await AskAsync("SELECT json_extract(status, '$.phase') FROM rollouts WHERE name = 'shop'"));
    }

    [Fact]
    public async Task A_line_of_history_that_another_version_wrote_is_left_out_and_the_others_are_told()
    {
        await WriteAsync("shop");
        await AskAsync("INSERT INTO history(name, entry) SELECT name, json_set(entry, '$.phase', 'Dreaming') FROM history");
        await using var store = EmbeddedStore.Open(_directory.Path);
        Assert.Equal(["It happened."], (await store.HistoryAsync("shop", 10)).Select(entry => entry.Sentence));
    }

    [Fact]
    public async Task A_start_on_a_damaged_file_lets_go_of_it_and_the_next_one_on_a_good_copy_is_whole()
    {
        await WriteAsync([.. Enumerable.Range(0, 100).Select(one => $"shop-{one:00}")]);
        var whole = await File.ReadAllBytesAsync(_directory.Database, TestContext.Current.CancellationToken);
        var damaged = whole.ToArray();
        // The first pages have the schema, which Open reads.
        damaged.AsSpan(whole.Length / 2).Fill(0xFF);
        await File.WriteAllBytesAsync(_directory.Database, damaged, TestContext.Current.CancellationToken);
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(OpenAsync);
        Assert.StartsWith(
            $"The store '{_directory.Database}' is damaged: SQLite Error 11: 'database disk image is malformed'. Move it away with its -wal and -shm,",
            e.Message,
            StringComparison.Ordinal);

        await File.WriteAllBytesAsync(_directory.Database, whole, TestContext.Current.CancellationToken);
        await using var plane = await OpenAsync();
        Assert.Equal(100, plane.Board.All.Count());
    }

    private Task<ControlPlane> OpenAsync() => ControlPlane.OpenAsync(
        _directory.Path, new ConfigurationBuilder().Build(), "r1", TimeProvider.System, NullLoggerFactory.Instance);

    private async Task WriteAsync(params string[] names)
    {
        await using var store = EmbeddedStore.Open(_directory.Path);
        foreach (var name in names)
        {
            var status = RolloutStatus.New(name, DateTimeOffset.UnixEpoch) with { RefusedVersions = ["v1"] };
            await store.PutPlanAsync(
                Samples.Plan with { Name = name },
                status,
                status,
                HistoryEntry.Of("test", status, DateTimeOffset.UnixEpoch, "It happened."));
        }
    }

    private async Task SpoilAsync(string status) => await AskAsync($"UPDATE rollouts SET status = {status} WHERE name = 'shop'");

    private async Task<object?> AskAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={_directory.Database};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
