using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>The store's files: what a crash leaves, and what is not opened.</summary>
public sealed class StoreFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TempDirectory _copy = new();

    public void Dispose()
    {
        _directory.Dispose();
        _copy.Dispose();
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_close()
    {
        await using (var store = EmbeddedStore.Open(_directory.Path))
        {
            await WriteAsync(store, 0, 5);
        }

        await using var reopened = EmbeddedStore.Open(_directory.Path);
        Assert.Equal((5, 6), await LookAsync(reopened));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(600)]
    public async Task What_was_acknowledged_is_there_after_a_crash(int commits)
    {
        await using var store = EmbeddedStore.Open(_directory.Path);
        await WriteAsync(store, 0, commits);
        CopyAway();
        await using var survivor = EmbeddedStore.Open(_copy.Path);
        Assert.Equal((commits, commits + 1), await LookAsync(survivor));
    }

    [Fact]
    public async Task A_commit_that_a_crash_tore_is_there_whole_or_not_at_all()
    {
        await using var store = EmbeddedStore.Open(_directory.Path);
        await WriteAsync(store, 0, 6);
        var whole = new FileInfo(_directory.Database + "-wal").Length;
        var random = new Random(1);
        for (var i = 0; i < 25; i++)
        {
            CopyAway();
            using (var wal = File.OpenWrite(_copy.Database + "-wal"))
            {
                wal.SetLength(random.NextInt64(whole / 3, whole));
            }

            await using var survivor = EmbeddedStore.Open(_copy.Path);
            if ((await survivor.LoadAsync()).Count > 0)
            {
                var (revision, lines) = await LookAsync(survivor);
                Assert.InRange(revision, 0, 5);
                Assert.Equal(revision + 1, lines);
            }
        }
    }

    [Fact]
    public async Task A_directory_that_another_proxy_holds_is_refused_with_a_remedy()
    {
        await using var store = EmbeddedStore.Open(_directory.Path);
        var refusal = Assert.Throws<StoreUnavailableException>(() => EmbeddedStore.Open(_directory.Path));
        Assert.Equal(
            $"The store '{_directory.Database}' cannot be opened: another process holds it. Stop that one, or name another directory with --data DIR.",
            refusal.Message);
        await WriteAsync(store, 0, 1);
    }

    [Fact]
    public void A_file_that_is_no_store_is_refused_and_left_alone()
    {
        var garbage = new byte[4096];
        new Random(1).NextBytes(garbage);
        File.WriteAllBytes(_directory.Database, garbage);
        var refusal = Assert.Throws<StoreUnavailableException>(() => EmbeddedStore.Open(_directory.Path));
        Assert.Equal(
            $"The store '{_directory.Database}' cannot be opened: SQLite Error 26: 'file is not a database'. Move it away with its -wal and -shm, " +
            "and bring your last copy back with 'snapback store import FILE --data DIR'; without one, start the rollouts anew.",
            refusal.Message);
        Assert.Equal(garbage, File.ReadAllBytes(_directory.Database));
    }

    /// <summary>A start tells what it failed of beside all that would keep it from starting: the same twice would be two mistakes.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("data")]
    [InlineData("deeper/data")]
    public async Task A_directory_that_cannot_be_made_is_refused_as_it_is_found_beforehand(string inFile)
    {
        var file = Path.Combine(_directory.Path, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        var data = Path.Combine(file, inFile);
        Assert.Equal(await EmbeddedStore.ProblemAsync(data), Assert.Throws<StoreUnavailableException>(() => EmbeddedStore.Open(data)).Message);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_refused()
    {
        var file = Path.Combine(_directory.Path, "file");
        File.WriteAllText(file, "");
        var refusal = Assert.Throws<StoreUnavailableException>(() => EmbeddedStore.Open(Path.Combine(file, "data")));
        Assert.EndsWith("Name a directory that can be written with --data DIR.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_made()
    {
        await using var store = EmbeddedStore.Open(Path.Combine(_directory.Path, "a", "b"));
        await WriteAsync(store, 0, 1);
        Assert.True(File.Exists(Path.Combine(_directory.Path, "a", "b", "snapback.db")));
    }

    /// <summary>Addresses of hooks and notifications are secrets, and a plan has them.</summary>
    [Fact]
    public async Task Its_files_are_made_for_nobody_elses_eyes()
    {
        await using var store = EmbeddedStore.Open(_directory.Path);
        await WriteAsync(store, 0, 1);
        string[] files = [.. Directory.GetFiles(_directory.Path).Order()];
        Assert.Equal(["snapback.db", "snapback.db-wal", "snapback.untold"], files.Select(Path.GetFileName));
        Assert.All(files, file => Assert.True(
            OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), file));
    }

    private static async Task WriteAsync(EmbeddedStore store, int from, int commits)
    {
        var status = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with { Revision = from };
        await store.PutPlanAsync(Samples.Plan, status, status, Entry(status));
        for (var i = 1; i <= commits; i++)
        {
            var next = status with { Revision = from + i };
            Assert.True(await store.CommitAsync(status, next, Entry(next)));
            status = next;
        }
    }

    private static HistoryEntry Entry(RolloutStatus status) => HistoryEntry.Of("test", status, DateTimeOffset.UnixEpoch, "It happened.");

    private static async Task<(int Revision, int Lines)> LookAsync(EmbeddedStore store) =>
        ((int)Assert.Single(await store.LoadAsync()).Status!.Revision, (await store.HistoryAsync("shop", 10_000)).Count);

    /// <summary>The files as a killed process leaves them: no checkpoint, no closing.</summary>
    private void CopyAway()
    {
        foreach (var file in Directory.GetFiles(_copy.Path))
        {
            File.Delete(file);
        }

        foreach (var file in Directory.GetFiles(_directory.Path))
        {
            File.Copy(file, Path.Combine(_copy.Path, Path.GetFileName(file)));
        }
    }
}
