namespace Snapback.Journeys.Fleet;

/// <summary>The memory of a rolled-back version survives the loss of any one thing that holds it.</summary>
public sealed class WhatWasRolledBackStaysSo : FleetJourney
{
    private static readonly string Plan = Plans.StandingAt("50%");

    [Fact]
    public async Task After_FLUSHALL_after_the_loss_of_every_disk_and_after_the_loss_of_Redis()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan);
        for (var round = 1; round <= Times; round++)
        {
            var bad = $"bad{round}";
            await Replicas[0].PostAsync("start", new { version = bad });
            await AllSeeAsync("started", status => status.Version == bad && status.Weight == 50);
            await Replicas[1].PostAsync("rollback", new { reason = "bad" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack);

            await redis.AskAsync("FLUSHALL");
            await redis.SeeAsync("written again by who remembers", ["HGET", "snapback:{default}:document", "status"], "RolledBack");
            await RefusedAsync(bad);

            await RestartAsync(redis, loseDisks: true, loseRedis: false);
            await RefusedAsync(bad);

            await RestartAsync(redis, loseDisks: false, loseRedis: true);
            await RefusedAsync(bad);
            await Replicas[0].PostAsync("start", new { version = $"good{round}" });
            await AllSeeAsync("another version may start", status => status.Version == $"good{round}" && status.Weight == 50);
            await Replicas[2].PostAsync("rollback", new { reason = "the next round" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack);
        }

        await EveryJournalHoldsAsync(disksWereLost: true);
    }

    [Fact]
    public async Task Values_that_nobody_can_read_are_written_over_and_those_of_a_newer_version_are_left_alone()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        (string, string)[] corrupt =
        [
            ("status", "{\"name\":\"default\",\"weight\":10000"), ("plan", "steps: ["), ("key", "9"), ("status", new string('x', 100_000)),
        ];
        foreach (var (field, value) in Enumerable.Repeat(corrupt, Times).SelectMany(one => one))
        {
            await redis.AskAsync("HSET", "snapback:{default}:document", field, value, "writes", "-7");
            await redis.AskAsync("PUBLISH", "snapback:events", value);
            await Eventually.SeeAsync(
                $"{field} is written over",
                () => redis.AskAsync("HMGET", "snapback:{default}:document", "key", "status"),
                text => text.StartsWith("0000000000000000001.0.", StringComparison.Ordinal)
                    && text.Contains("\"weight\":5000", StringComparison.Ordinal));
            Assert.All(await StatusesAsync(), status => Assert.Equal((50, "Progressing"), (status.Weight, status.Phase)));
        }

        // A plan that says more than this version knows, and then a layout of its own: neither is lost, and a rollback in it must not be missed.
        var plan = await redis.AskAsync("HGET", "snapback:{default}:document", "plan");
        var wider = plan.Insert(1, "\"fromTheFuture\":1,");
        await redis.AskAsync("HSET", "snapback:{default}:document", "plan", wider, "writes", "98");
        await AllSeeAsync("they send everything to stable", status => status.Fleet is { Newer: true, Withheld: true });
        await redis.AskAsync("HSET", "snapback:{default}:document", "plan", plan, "writes", "99");
        await AllSeeAsync("they can read it again", status => status.Weight == 50 && status.Fleet is { Newer: false, Withheld: false, Heard: true });

        await redis.AskAsync("HSET", "snapback:{default}:document", "v", "2", "status", "from the future", "writes", "100");
        await AllSeeAsync("they send everything to stable", status => status.Fleet is { Newer: true, Withheld: true });
        using (var refused = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 60 }))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("written by a newer version of Snapback", await refused.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        }

        Assert.True((await Replicas[0].PostAsync("rollback", new { reason = "down is always possible" })).IsRolledBack);
        await AllSeeAsync("rolled back", status => status.IsRolledBack);
        Assert.Equal("from the future", await redis.AskAsync("HGET", "snapback:{default}:document", "status"));
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task A_rollout_that_was_deleted_and_made_anew_is_not_closed_by_a_replica_that_was_away()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        for (var round = 1; round <= Times; round++)
        {
            await Replicas[0].PostAsync("start", new { version = "v1" });
            await AllSeeAsync("started", status => status is { Version: "v1", Weight: 50 });
            var older = await Replicas[0].PostAsync("rollback", new { reason = "done with it" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack);

            await Replicas[1].KillAsync();
            using (var deleted = await Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default"))
            {
                Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync(Ended));
            }

            using (var planned = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default", older.Json.GetProperty("plan")))
            {
                Assert.True(planned.IsSuccessStatusCode, await planned.Content.ReadAsStringAsync(Ended));
            }

            // Its history went with it: nothing is refused.
            await Replicas[0].PostAsync("start", new { version = "v1" });
            Replicas[1] = Launch("r2", redis.Connection, Plan);
            await Replicas[1].ReadyAsync();
            await AllSeeAsync(
                "the new one, on both",
                status => status is { Version: "v1", Weight: 50, Fleet: { Heard: true, Withheld: false } }
                    && status.Generation > older.Generation);
            await Task.Delay(1000, Ended);
            Assert.All(await StatusesAsync(), status => Assert.Equal((50, false), (status.Weight, status.IsRefused("v1"))));
            await Replicas[1].PostAsync("rollback", new { reason = "the next round" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack);
            using var gone = await Replicas[1].SendAsync(HttpMethod.Delete, "api/rollouts/default");
            Assert.True(gone.IsSuccessStatusCode);
            using var again = await Replicas[1].SendAsync(HttpMethod.Put, "api/rollouts/default", older.Json.GetProperty("plan"));
            Assert.True(again.IsSuccessStatusCode, await again.Content.ReadAsStringAsync(Ended));
            await AllSeeAsync("it begins anew", status => status.Phase == "Idle");
        }
    }

    [Fact]
    public async Task What_was_deleted_does_not_come_back_with_a_Redis_that_starts_from_an_older_snapshot()
    {
        const string document = "snapback:{default}:document";
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        await redis.AskAsync("SAVE");
        await Replicas[0].PostAsync("rollback", new { reason = "done with it" });
        await AllSeeAsync("rolled back", status => status.IsRolledBack);
        using (var deleted = await Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default"))
        {
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }

        await Eventually.SeeAsync("deleted on both", () => Replicas[1].Admin.GetStringAsync("api/rollouts", Ended), list => list == "[]");
        var arrived = CanaryArm.Requests;
        foreach (var replicasToo in (bool[])[false, true])
        {
            await redis.KillAsync();
            if (replicasToo)
            {
                // Then their disks remember, and the plan that they are given makes another rollout of that name.
                await Task.WhenAll(Replicas.Select(replica => replica.KillAsync()));
            }

            await redis.StartAgainAsync();
            Assert.Contains("\"v1\"", await redis.AskAsync("HGET", document, "status"), StringComparison.Ordinal);
            if (replicasToo)
            {
                (Replicas[0], Replicas[1]) = (Launch("r1", redis.Connection, Plan), Launch("r2", redis.Connection, Plan));
                await Task.WhenAll(Replicas.Select(replica => replica.ReadyAsync()));
                await AllSeeAsync("another one", status => status is { Phase: "Idle", Weight: 0, Fleet.Heard: true });
            }
            else
            {
                await Eventually.SeeAsync("deleted again", () => redis.AskAsync("HGET", document, "deleted"), key => key.Length > 0);
            }

            await RoundRobinAsync(40, _ => false);
            Assert.Equal(arrived, CanaryArm.Requests);
        }
    }

    [Fact]
    public async Task Replicas_killed_at_a_random_moment_of_a_rollback_come_back_with_it()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}.");
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan);
        for (var round = 1; round <= Times; round++)
        {
            await Replicas[0].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("started", status => status.Version == $"v{round}" && status.Weight == 50);
            var rollingBack = Replicas[0].PostAsync("rollback", new { reason = $"round {round}" });
            await Task.WhenAll(Replicas[1..].Select(async replica =>
            {
                await Task.Delay(random.Next(30), Ended);
                await replica.KillAsync();
            }));
            Assert.True((await rollingBack).IsRolledBack);
            await Replicas[0].KillAsync();
            for (var i = 0; i < Replicas.Count; i++)
            {
                Replicas[i] = Launch($"r{i + 1}", redis.Connection, Plan);
            }

            await Task.WhenAll(Replicas.Select(replica => replica.ReadyAsync()));
            await AllSeeAsync("rolled back", status => status.IsRolledBack && status.IsRefused($"v{round}"));
        }

        await EveryJournalHoldsAsync();
    }

    private async Task RestartAsync(RedisServer redis, bool loseDisks, bool loseRedis)
    {
        await Task.WhenAll(Replicas.Select(replica => replica.KillAsync()));
        if (loseRedis)
        {
            await redis.KillAsync();
            await redis.StartAgainAsync();
        }

        for (var i = 0; i < Replicas.Count; i++)
        {
            if (loseDisks)
            {
                Directory.Delete(Folder.At($"r{i + 1}"), recursive: true);
            }

            Replicas[i] = Launch($"r{i + 1}", redis.Connection, Plan);
        }

        await Task.WhenAll(Replicas.Select(replica => replica.ReadyAsync()));
        await AllSeeAsync("rolled back after the restart", status => status is { IsRolledBack: true, Weight: 0 });
    }

    private async Task RefusedAsync(string version)
    {
        foreach (var replica in Replicas)
        {
            using var refused = await replica.SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version });
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }
    }
}
