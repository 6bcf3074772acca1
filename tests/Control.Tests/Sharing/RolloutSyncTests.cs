using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>What was lowered in memory is told to the store afterwards, once.</summary>
public sealed class RolloutSyncTests
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_rollback_that_the_store_does_not_know_by_its_deadline_alerts_when_it_passes()
    {
        using var directory = new TempDirectory();
        var time = new ManualTime();
        await using (var before = await HandlerRig.MakeAsync(directory, time))
        {
            await before.DoneAsync(Samples.Start("v1"));
        }

        await directory.BreakForAsync(TimeSpan.FromSeconds(20));
        await using var rig = await HandlerRig.MakeAsync(directory, time);
        var news = rig.Sync.Feed.News;
        rig.Live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return news.TryPeek(out _);
        }, "it is told although the store is away");
        Assert.Equal("rolled-back", (await news.ReadAsync(TestContext.Current.CancellationToken)).Kind);
        time.Advance(Samples.Plan.Rollback.Deadline - TimeSpan.FromSeconds(15));
        Assert.False(news.TryRead(out _));
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return news.TryPeek(out _);
        }, "the alert comes");
        var alert = await news.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ("deadline-missed", "The rollback missed its deadline of 5m: weight 0 holds here, and the store does not know it yet."),
            (alert.Kind, alert.Sentence));
    }

    [Fact]
    public async Task A_rollback_of_the_judge_reaches_the_store_with_one_line()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"));
        Fail(rig, 2);
        Assert.Equal(RolloutPhase.RolledBack, rig.Status.Phase);
        await rig.ToldAsync();
        Assert.Equal(["rolled-back", "started", "planned"], await rig.HistoryAsync());
        var line = (await rig.Store.HistoryAsync("shop", 1))[0];
        Assert.Equal((rig.Status.Rollback!.Explanation, "judge", 0m), (line.Sentence, line.By, line.Weight));
    }

    [Fact]
    public async Task A_rollback_that_the_store_takes_late_stands_in_the_history_with_its_own_time()
    {
        using var directory = new TempDirectory();
        await using (var before = await HandlerRig.MakeAsync(directory, _time))
        {
            await before.DoneAsync(Samples.Start("v1"));
        }

        await directory.BreakForAsync(TimeSpan.FromSeconds(1));
        await using var rig = await HandlerRig.MakeAsync(directory, _time);
        _time.Advance(TimeSpan.FromMinutes(1));
        await rig.RollBackAsync("Enough.");
        var at = _time.GetUtcNow();
        await PassAsync(async () => (await rig.HistoryAsync())[0] == "rolled-back", "the store takes it");
        Assert.NotEqual(at, _time.GetUtcNow());
        Assert.Equal(at, (await rig.Store.HistoryAsync("shop", 1))[0].At);
        await PassAsync(() => Task.FromResult(rig.SyncLog.Contains("Rollout shop: the store knows now what was lowered here.")), "the log says so too");
    }

    [Fact]
    public async Task What_was_heard_from_the_fleet_is_told_to_nobody()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"));
        var theirs = Transitions.Apply(rig.Live.Plan, rig.Status, Samples.Weigh(5000), TimeSpan.Zero, _time.GetUtcNow()).Next!;

        // The fleet's message comes, and in the same moment somebody here tells what there is to tell.
        Assert.True(rig.Live.Merge(rig.Live.Plan, theirs));
        await rig.Sync.TellAsync(rig.Live);
        Assert.Equal(["started", "planned"], await rig.HistoryAsync());
    }

    /// <summary>Its weight was set by hand in between: that is not what happens now.</summary>
    [Fact]
    public async Task A_second_freeze_is_told_as_one()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time, plan: Samples.Plan with { OnBreach = OnBreach.Freeze });
        var news = rig.Sync.Feed.News;
        await rig.DoneAsync(Samples.Start("v1"));
        Fail(rig, 2);
        Assert.Equal(RolloutPhase.Frozen, rig.Status.Phase);
        await rig.ToldAsync();
        await rig.DoneAsync(Samples.Weigh(100));
        await rig.DoneAsync(Samples.Resume);
        rig.Live.Generation.Tick(_time.Monotonic);
        Fail(rig, 2);
        Assert.Equal(RolloutPhase.Frozen, rig.Status.Phase);
        await rig.ToldAsync();
        List<string> kinds = [];
        await Eventually.HoldsAsync(() =>
        {
            while (news.TryRead(out var each))
            {
                kinds.Add(each.Kind);
            }

            return kinds.Count >= 6;
        }, "all of it is told");
        Assert.Equal(["frozen", "frozen", "planned", "resumed", "started", "weight"], kinds.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_freeze_reaches_the_store_too()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"));
        rig.Switches.AutoRollback = false;
        Fail(rig, 5);
        await rig.ToldAsync();
        Assert.Equal(RolloutPhase.Frozen, (await rig.StoredAsync()).Phase);
        Assert.Equal(["frozen", "started", "planned"], await rig.HistoryAsync());
    }

    [Fact]
    public async Task An_exoneration_is_a_line_of_its_own_and_no_second_rollback()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"), Samples.Weigh(5000));
        var generation = rig.Live.Generation;
        generation.Observe(Samples.Canary with { Weight = new Weight(5000) }, Outcome.Failure, _time.Monotonic);
        generation.Observe(Samples.Canary with { Weight = new Weight(5000) }, Outcome.Failure, _time.Monotonic);
        await rig.ToldAsync();
        Assert.Equal(["v1"], (await rig.StoredAsync()).RefusedVersions);
        for (var i = 0; i < 5; i++)
        {
            generation.Observe(Samples.Stable, Outcome.Failure, _time.Monotonic);
        }

        generation.Tick(_time.Monotonic);
        await rig.ToldAsync();
        Assert.Equal(["exonerated", "rolled-back", "weight", "started", "planned"], await rig.HistoryAsync());
        Assert.Equal((false, 0), ((await rig.StoredAsync()).Rollback!.BlamesVersion, (await rig.StoredAsync()).RefusedVersions.Length));
        Assert.Contains("authority=\"judge\"} 1", await Scrape.OfAsync(rig.Metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Victims_of_requests_in_flight_reach_the_store_without_another_line()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"));
        Fail(rig, 2);
        await rig.ToldAsync();
        Fail(rig, 3);
        Assert.Equal(2, (await rig.StoredAsync()).Rollback!.Victims);
        await PassAsync(async () => (await rig.StoredAsync()).Rollback!.Victims == 5, "late victims are stored");
        Assert.Equal(["rolled-back", "started", "planned"], await rig.HistoryAsync());
    }

    [Fact]
    public async Task What_came_after_a_rollback_and_could_not_be_told_is_said_once_and_told_when_the_store_takes_it()
    {
        using var directory = new TempDirectory();
        await directory.BreakForAsync("\"victims\":5");
        await using var rig = await HandlerRig.MakeAsync(directory, _time);
        await rig.DoneAsync(Samples.Start("v1"));
        Fail(rig, 2);
        await rig.ToldAsync();
        Fail(rig, 3);
        await PassAsync(() => Task.FromResult(rig.SyncLog.Count() > 2), "it is said");
        Assert.Equal(2, (await rig.StoredAsync()).Rollback!.Victims);
        Assert.Contains("snapback_rollback_victims_total{rollout=\"shop\"} 5", await Scrape.OfAsync(rig.Metrics), StringComparison.Ordinal);
        Fail(rig, 1);
        await PassAsync(async () => (await rig.StoredAsync()).Rollback!.Victims == 6, "the store has the late counts");
        Assert.Equal(
            $"Rollout shop: the store does not know what came after its rollback: The store '{directory.Database}' cannot do this now: SQLite Error 19: 'database or disk is full'. It has the counts at the decision until it does.",
            Assert.Single(rig.SyncLog, static line => line.Contains("what came after", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_rollback_settles_with_its_own_late_counts_also_when_a_version_was_started_soon_after()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"));
        Fail(rig, 2);
        await rig.ToldAsync();
        var rolledBack = rig.Live.Generation;
        var started = await rig.DoneAsync(Samples.Start("v2"));
        // Stable has answered for two of three only now.
        rolledBack.Observe(Samples.Canary, Outcome.Failure, _time.Monotonic);
        rolledBack.Canary.CountShielded();
        rolledBack.Canary.CountShielded();
        await PassAsync(
            async () =>
                (await Scrape.OfAsync(rig.Metrics)).Contains(
                    "snapback_rollback_victims_total{rollout=\"shop\"} 1", StringComparison.Ordinal),
            "it settled");
        Assert.Equal(
            "Rollout shop, after its rollback: requests that the canary failed and stable answered: 2; users who saw a failure: 1.",
            rig.SyncLog.Last());
        Assert.Equal(["started", "rolled-back", "started", "planned"], await rig.HistoryAsync());
        Assert.Equal(started, rig.Status);
        Assert.Equal(2, (await rig.StoredAsync()).Generation);
    }

    [Fact]
    public async Task Rollbacks_and_victims_are_counted_once_per_generation()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        for (var generation = 1; generation <= 3; generation++)
        {
            await rig.DoneAsync(Samples.Start($"v{generation}"));
            Fail(rig, 4);
            await PassAsync(
                async () =>
                    (await Scrape.OfAsync(rig.Metrics)).Contains(
                        $"snapback_rollback_victims_total{{rollout=\"shop\"}} {generation * 4}", StringComparison.Ordinal),
                $"the victims of generation {generation} are counted");
        }

        var text = await Scrape.OfAsync(rig.Metrics);
        Assert.Contains("snapback_rollbacks_total{rollout=\"shop\",trigger=\"success-rate\",authority=\"judge\"} 3", text, StringComparison.Ordinal);
        Assert.Contains("snapback_rollback_decision_seconds_count 3", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Of_two_replicas_that_decide_in_the_same_moment_the_one_whose_record_wins_counts(bool won, bool nextHasBegun)
    {
        var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"));
        rig.Live.Place = new FleetPlace(0, 2);
        await rig.RollBackAsync();
        var mine = rig.Status;
        Assert.True(
            won
                || rig.Live.Merge(
                    rig.Live.Plan,
                    mine with { Rollback = mine.Rollback! with { Replica = "r2", At = mine.Rollback.At.AddMilliseconds(-1) } }));
        if (nextHasBegun)
        {
            await rig.DoneAsync(Samples.Start("v2"));
        }

        await rig.DisposeAsync();
        var text = await Scrape.OfAsync(rig.Metrics);
        Assert.Equal(
            won,
            text.Contains(
                "snapback_rollbacks_total{rollout=\"shop\",trigger=\"operator\",authority=\"operator\"} 1",
                StringComparison.Ordinal));
        Assert.Equal(won, rig.SyncLog.Any(line => line.StartsWith("Rollout shop, after its rollback:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task It_ends_in_time_although_the_store_never_takes_it()
    {
        using var directory = new TempDirectory();
        await directory.BreakForAsync("unwritable");
        var rig = await HandlerRig.MakeAsync(directory);
        await rig.DoneAsync(Samples.Start("v1"));
        await rig.RollBackAsync("unwritable");
        Assert.Equal(1, rig.Metrics.Unshared.Value);
        await rig.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private static void Fail(HandlerRig rig, int times)
    {
        var generation = rig.Live.Generation;
        for (var i = 0; i < times; i++)
        {
            var pick = generation.Pick(0);
            generation.Observe(pick, Outcome.Neutral, TimeSpan.Zero);
            generation.Leave(pick.Arm);
            generation.Observe(Samples.Canary, Outcome.Failure, Moment.Now(rig.Time).Monotonic);
        }
    }

    /// <summary>Lets the settling time pass as often as it takes: the timer may be set after the clock was moved.</summary>
    private Task PassAsync(Func<Task<bool>> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            _time.Advance(Settling);
            return condition();
        },
        what);
}
