using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>A rollout that was deleted and made anew is another one, also for a Redis and for a replica that know only the first.</summary>
public sealed class ARolloutMadeAnew : FleetJourney
{
    private static readonly string Plan = Plans.StandingAt("50%");

    [Fact]
    public async Task It_outlives_a_Redis_that_starts_from_a_snapshot_in_which_the_first_was_deleted()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        var plan = (await Replicas[0].StatusAsync()).Json.GetProperty("plan");
        await DeleteAsync();
        await redis.AskAsync("SAVE");
        await PlanAsync(plan);
        await Replicas[1].PostAsync("start", new { version = "v2" });
        await AllSeeAsync("started", status => status is { Version: "v2", Weight: 50 });

        // They would write over it before anybody has looked.
        Replicas.ForEach(replica => replica.Process.Freeze());
        await redis.KillAsync();
        await redis.StartAgainAsync();
        Assert.NotEqual("", await redis.AskAsync("HGET", "snapback:{default}:document", "deleted"));
        Replicas.ForEach(replica => replica.Process.Thaw());
        await redis.SeeAsync("it is told", ["HGET", "snapback:{default}:document", "status"], "\"v2\"");
        await Task.Delay(1000, Ended);
        Assert.All(await StatusesAsync(), status => Assert.Equal(("v2", 50, true), (status.Version, status.Weight, status.Fleet.Heard)));
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task It_is_not_given_what_the_first_had_by_a_replica_that_was_away_when_Redis_lost_the_deletion()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        await Replicas[1].KillAsync();
        var first = await Replicas[0].PostAsync("rollback", new { reason = "done with it" });
        await DeleteAsync();
        await redis.AskAsync("FLUSHALL");
        await PlanAsync(first.Json.GetProperty("plan"));

        Replicas[1] = Launch("r2", redis.Connection, Plan);
        await Replicas[1].ReadyAsync();
        await AllSeeAsync("the new one, on both", status => status is { Version: null, Weight: 0, Fleet: { Heard: true, Replicas: 2 } });
        await Task.Delay(1000, Ended);
        Assert.All(await StatusesAsync(), status => Assert.Equal((null, 0, "Idle"), (status.Version, status.Weight, status.Phase)));
    }

    [Fact]
    public async Task Whoever_deletes_the_first_is_no_other_replica_to_itself()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        await DeleteAsync();
        await Eventually.SeeAsync("both say so", () => Replicas.TrueForAll(replica => Says(replica, "deleted by ")));
        Assert.Equal([false, true], Replicas.Select(replica => Says(replica, "deleted by another replica")));

        static bool Says(SnapbackProcess replica, string words) => replica.Process.Output.Contains(words, StringComparison.Ordinal);
    }

    /// <summary>A rollback is counted when all have decided, seconds later: whoever gives each release a rollout of its own has deleted it.</summary>
    [Fact]
    public async Task What_is_counted_of_the_first_after_it_was_deleted_stays_in_Redis_no_longer_than_its_tombstone()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status is { Weight: 50, Fleet.Replicas: 2 });
        await Replicas[0].PostAsync("rollback", new { reason = "done with it" });
        await DeleteAsync();

        await redis.SeeAsync("it is counted", ["HKEYS", "snapback:{default}:outbox"], "counts:");
        foreach (var key in (await redis.AskAsync("KEYS", "snapback:{default}:*")).Split('\n', StringSplitOptions.TrimEntries))
        {
            var left = long.Parse(await redis.AskAsync("PTTL", key));
            Assert.True(left >= 1 && left <= TimeSpan.FromDays(30).TotalMilliseconds, $"{key}, a {await redis.AskAsync("TYPE", key)}, ends in {left} ms");
        }
    }

    [Fact]
    public async Task A_drill_of_the_first_that_ends_after_it_was_deleted_leaves_nothing_in_Redis()
    {
        const string history = "snapback:{default}:history";
        var redis = await RedisAsync();
        var filter = Own(new RedisFilter(redis.Port));
        await FleetAsync(redis.Connection, Plan, replicas: 1);
        Replicas.Add(Launch("r2", filter.Connection, Plan));
        await Replicas[1].ReadyAsync();
        await AllSeeAsync("both", status => status.Fleet is { Heard: true, Replicas: 2 });
        using var deleted = new ManualResetEventSlim();
        filter.Await("\"kind\":\"drill", Mishap.None, meanwhile: () =>
        {
            _ = Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default").ContinueWith(_ => deleted.Set(), TaskScheduler.Default);
            deleted.Wait(Eventually.Patience, Ended);
        });
        using var drilled = await Replicas[1].SendAsync(HttpMethod.Post, "api/rollouts/default/drill", new { fault = "errors" });
        Assert.True(drilled.IsSuccessStatusCode && filter.Happened, await drilled.Content.ReadAsStringAsync(Ended));
        Assert.NotEqual("", await redis.AskAsync("HGET", "snapback:{default}:document", "deleted"));
        Assert.Equal("none", await redis.AskAsync("TYPE", history));
    }

    private async Task DeleteAsync()
    {
        using var deleted = await Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await Task.WhenAll(Replicas.Where(replica => !replica.Process.HasExited).Select(replica => Eventually.SeeAsync(
            "deleted", () => replica.Admin.GetStringAsync("api/rollouts", Ended), list => list == "[]")));
    }

    private async Task PlanAsync(JsonElement plan)
    {
        using var planned = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default", plan);
        Assert.True(planned.IsSuccessStatusCode, await planned.Content.ReadAsStringAsync(Ended));
    }
}
