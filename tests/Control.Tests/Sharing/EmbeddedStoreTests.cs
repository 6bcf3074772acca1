using CsCheck;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Plans;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

public sealed class EmbeddedStoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TempDirectory _directory = new();
    private EmbeddedStore _store = null!;

    public ValueTask InitializeAsync()
    {
        _store = EmbeddedStore.Open(_directory.Path);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_commit_needs_the_status_it_was_made_from()
    {
        var first = await PutAsync(Of(1, 1));
        Assert.True(await CommitAsync(first, Of(1, 2)));
        Assert.False(await CommitAsync(first, Of(1, 9)));
        Assert.False(await CommitAsync(first with { Generation = 2 }, Of(2, 9)));
        Assert.Equal(2, (await StatusAsync("shop")).Revision);
        Assert.Equal([2, 1], (await _store.HistoryAsync("shop", 100)).Select(entry => entry.Revision));
    }

    [Fact]
    public async Task Of_racing_commits_from_one_status_exactly_one_is_taken()
    {
        var first = await PutAsync(Of(1, 1));
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => CommitAsync(first, Of(1, 2) with { By = $"{i}" })));
        var winner = Assert.Single(Enumerable.Range(0, 8), i => taken[i]);
        Assert.Equal($"{winner}", (await StatusAsync("shop")).By);
        Assert.Equal(2, (await _store.HistoryAsync("shop", 100)).Count);
    }

    [Fact]
    public async Task Without_news_the_outbox_looks_at_no_rollout_and_with_news_at_those_it_is_asked_for()
    {
        Assert.Empty(await _store.PendingAsync(Unreadable()));
        foreach (var rollout in (string[])["shop", "till"])
        {
            var status = Of(1, 1) with { Name = rollout };
            await _store.PutAsync(new OutboxEntry(HistoryEntry.Of("held", status, At, "It holds."), status));
        }

        Assert.Equal("till", Assert.Single(await _store.PendingAsync(["till", "home"])).Status.Name);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _store.PendingAsync(Unreadable()));

        static IEnumerable<string> Unreadable() => Enumerable.Range(0, 10_000)
            .Select<int, string>(_ => throw new InvalidOperationException("Ten thousand were looked at."));
    }

    [Fact]
    public async Task A_commit_of_an_unknown_rollout_is_not_taken()
    {
        Assert.False(await CommitAsync(Of(0, 0), Of(1, 1)));
        Assert.Empty(await _store.LoadAsync());
        Assert.Empty(await _store.HistoryAsync("shop", 100));
    }

    [Fact]
    public async Task A_join_leaves_the_merge_of_both_whatever_comes_first()
    {
        var status = Gen.Select(
            Gen.Long[1, 3],
            Gen.OneOf(RolloutPhase.Progressing, RolloutPhase.RolledBack),
            Gen.Long[1, 3],
            (generation, phase, revision) => Of(generation, revision) with { Phase = phase });
        var number = 0;
        await Gen.Select(status, status).SampleAsync(async (stored, joined) =>
        {
            var name = $"shop-{Interlocked.Increment(ref number)}";
            (stored, joined) = (stored with { Name = name }, joined with { Name = name });
            await PutAsync(stored);
            while (await _store.JoinAsync(joined, Entry(joined)) is { } beside)
            {
                joined = joined with { Revision = beside + 1 };
            }

            var merged = StatusOrder.Merge(stored, joined);
            Assert.Equal((merged.Generation, merged.Phase, merged.Revision), Key(await StatusAsync(name)));
            Assert.Equal(StatusOrder.Dominates(joined, stored) ? 2 : 1, (await _store.HistoryAsync(name, 100)).Count);
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task The_same_rollback_may_come_again_with_late_counts()
    {
        var status = await PutAsync(Of(1, 1) with { Phase = RolloutPhase.RolledBack, Rollback = Samples.Record });
        await _store.JoinAsync(status with { Rollback = Samples.Record with { Victims = 7 } }, null);
        Assert.Equal(7, (await StatusAsync("shop")).Rollback!.Victims);
        Assert.Single(await _store.HistoryAsync("shop", 100));
    }

    [Fact]
    public async Task A_journal_has_one_line_of_a_change_however_often_the_fleet_is_told_of_it()
    {
        var status = await PutAsync(Of(1, 1));
        var rolledBack = Of(1, 2) with { Phase = RolloutPhase.RolledBack, Rollback = Samples.Record };
        var line = HistoryEntry.Of("rolled-back", rolledBack, default, "Bad.");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await _store.KeepAsync("{}", rolledBack, line);
        }

        Assert.Equal(["rolled-back", Entry(status).Kind], (await _store.HistoryAsync("shop", 100)).Select(entry => entry.Kind));
    }

    [Theory]
    [InlineData("weight", RolloutPhase.Progressing)]
    [InlineData("rolled-back", RolloutPhase.RolledBack)]
    public async Task A_journal_has_one_line_of_a_change_that_had_to_come_behind_a_commit_it_had_not_heard_of(string kind, RolloutPhase phase)
    {
        await PutAsync(Of(1, 1));
        foreach (var revision in (long[])[2, 3])
        {
            var lowered = Of(1, revision) with { Phase = phase, Rollback = phase == RolloutPhase.RolledBack ? Samples.Record : null };
            await _store.KeepAsync("{}", lowered, HistoryEntry.Of(kind, lowered, At.AddMinutes(1), "Down."));
        }

        Assert.Equal([(kind, 3), ("test", 1)], (await _store.HistoryAsync("shop", 100)).Select(entry => (entry.Kind, entry.Revision)));
    }

    [Fact]
    public async Task History_is_newest_first_and_ends_where_asked()
    {
        var status = await PutAsync(Of(1, 1));
        for (var revision = 2; revision <= 9; revision++)
        {
            await CommitAsync(status, status = Of(1, revision));
        }

        Assert.Equal([9, 8, 7], (await _store.HistoryAsync("shop", 3)).Select(entry => entry.Revision));
        Assert.Equal(9, (await _store.HistoryAsync("shop", 100)).Count);
    }

    [Fact]
    public async Task A_plan_is_not_written_over_a_status_that_moved_on()
    {
        await PutAsync(Of(3, 4));
        Assert.False(await _store.PutPlanAsync(Samples.Plan with { Owner = "payments" }, Of(3, 3), Of(3, 4), Entry(Of(3, 4))));
        Assert.DoesNotContain("payments", Assert.Single(await _store.LoadAsync()).Plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_plan_comes_with_its_status()
    {
        await PutAsync(Of(3, 4));
        await _store.PutPlanAsync(Samples.Plan with { Owner = "payments" }, Of(3, 4), Of(3, 5), Entry(Of(3, 5)));
        var stored = Assert.Single(await _store.LoadAsync());
        Assert.Equal((3L, 5L), (stored.Status!.Generation, stored.Status.Revision));
        Assert.Contains("payments", stored.Plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_keeps_the_newest_lines_of_each_rollouts_history()
    {
        using var directory = new TempDirectory();
        await using var store = EmbeddedStore.Open(directory.Path, kept: 5);
        foreach (var name in (string[])["shop", "other"])
        {
            for (var revision = 1; revision <= 8; revision++)
            {
                var status = Of(1, revision) with { Name = name };
                await store.KeepAsync("{}", status, HistoryEntry.Of("weight", status, status.Since.AddMinutes(status.Revision), ""));
            }

            Assert.Equal([8, 7, 6, 5, 4], (await store.HistoryAsync(name, 100)).Select(line => line.Revision));
        }

        Assert.Equal(5, (await store.HistoryAsync("shop", 100)).Count);
    }

    [Fact]
    public async Task A_deleted_rollout_takes_its_history_along_and_no_other()
    {
        await PutAsync(Of(1, 1));
        await PutAsync(Of(1, 1) with { Name = "other" });
        Assert.False(await _store.DeleteAsync(Of(1, 0)));
        Assert.True(await _store.DeleteAsync(Of(1, 1)));
        Assert.Equal("other", Assert.Single(await _store.LoadAsync()).Name);
        Assert.Empty(await _store.HistoryAsync("shop", 100));
        Assert.Single(await _store.HistoryAsync("other", 100));
    }

    [Fact]
    public async Task What_outlasted_its_rollout_is_no_line_of_the_next_one_of_its_name()
    {
        var first = await PutAsync(Of(1, 1));
        var drilled = new OutboxEntry(HistoryEntry.Of("drilled", first, At, "It would come down."), first);
        await _store.AppendAsync(drilled);
        Assert.Equal(2, (await _store.HistoryAsync("shop", 100)).Count);
        Assert.True(await _store.DeleteAsync(first));
        await _store.AppendAsync(drilled);
        await PutAsync(Of(0, 1) with { Created = At.AddHours(1) });
        await _store.AppendAsync(drilled);
        Assert.Equal("test", Assert.Single(await _store.HistoryAsync("shop", 100)).Kind);
        Assert.Equal("test", Assert.Single(await _store.PendingAsync(["shop"])).Entry.Kind);
    }

    [Fact]
    public async Task A_journal_keeps_a_line_of_what_changed_nothing_beside_the_status_that_it_has()
    {
        var status = await PutAsync(Of(1, 1) with { By = "ann", Reason = "a holiday" });
        var asked = status with { By = "bob", Reason = null };
        await _store.KeepLineAsync(new OutboxEntry(HistoryEntry.Of("drilled", asked, At, "It would come down."), asked));
        Assert.Equal(("ann", "a holiday"), ((await StatusAsync("shop")).By, (await StatusAsync("shop")).Reason));
        Assert.Equal([("drilled", "bob"), ("test", "ann")], (await _store.HistoryAsync("shop", 100)).Select(line => (line.Kind, line.By)));
        Assert.Equal("test", Assert.Single(await _store.PendingAsync(["shop"])).Entry.Kind);
    }

    [Fact]
    public async Task What_a_journal_was_about_to_keep_when_the_rollout_was_deleted_does_not_bring_it_back()
    {
        var status = await PutAsync(Of(1, 1));
        await _store.ForgetAsync(status);
        await _store.KeepAsync("{}", Of(1, 2) with { Phase = RolloutPhase.RolledBack, Rollback = Samples.Record }, null);
        Assert.Empty(await _store.LoadAsync());
        await _store.KeepAsync("{}", Of(2, 1) with { Created = At }, null);
        Assert.Equal(2, Assert.Single(await _store.LoadAsync()).Status!.Generation);
    }

    [Fact]
    public async Task What_was_written_is_read_back_whole()
    {
        var number = 0;
        await PlanGen.Plan.SampleAsync(async plan =>
        {
            var status = Of(7, 3) with
            {
                Name = plan.Name + Interlocked.Increment(ref number),
                Phase = RolloutPhase.RolledBack,
                Weight = new Weight(1234),
                Step = 2,
                Version = "sha256:é\"'",
                StableVersion = "v0",
                Since = At,
                Held = TimeSpan.FromSeconds(1.5),
                Manual = true,
                Swapped = true,
                By = "ann",
                Reason = "because",
                Rollback = Samples.Record with { Observed = 71.4, Took = TimeSpan.FromTicks(12345), SequenceAtDecision = uint.MaxValue },
                RefusedVersions = ["v1", "v2"],
            };
            await _store.PutPlanAsync(plan with { Name = status.Name }, status, status, Entry(status));
            var stored = (await _store.LoadAsync()).Single(stored => stored.Name == status.Name);
            Assert.Equal(status.RefusedVersions, stored.Status!.RefusedVersions);
            Assert.Equal(status, stored.Status with { RefusedVersions = status.RefusedVersions });
            Assert.Equal(PlanWriter.ToJson(plan with { Name = status.Name }), stored.Plan);
        }, iter: 20, threads: 1);
    }

    private static RolloutStatus Of(long generation, long revision) =>
        new() { Name = "shop", Phase = RolloutPhase.Progressing, Generation = generation, Revision = revision, Since = At };

    private static HistoryEntry Entry(RolloutStatus status) =>
        HistoryEntry.Of(status.Phase == RolloutPhase.RolledBack ? "rolled-back" : "test", status, At, "It happened.");

    private static (long, RolloutPhase, long) Key(RolloutStatus status) => (status.Generation, status.Phase, status.Revision);

    private async Task<RolloutStatus> PutAsync(RolloutStatus status)
    {
        await _store.PutPlanAsync(Samples.Plan with { Name = status.Name }, status, status, Entry(status));
        return status;
    }

    private Task<bool> CommitAsync(RolloutStatus expected, RolloutStatus next) => _store.CommitAsync(expected, next, Entry(next));

    private async Task<RolloutStatus> StatusAsync(string name) => (await _store.LoadAsync()).Single(stored => stored.Name == name).Status!;
}
