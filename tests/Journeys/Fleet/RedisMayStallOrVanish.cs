using System.Diagnostics;

namespace Snapback.Journeys.Fleet;

/// <summary>Redis is how replicas talk and never who decides about safety: without it nothing goes up, and everything can go down.</summary>
[Collection(nameof(Alone))]
public sealed class RedisMayStallOrVanish : FleetJourney
{
    [Fact]
    public async Task Killed_and_empty_again_it_loses_no_request_no_weight_and_no_rollback()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        var backs = new List<double>();
        for (var round = 1; round <= Times; round++)
        {
            await Replicas[0].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("started", status => status is { Weight: 50, Phase: "Progressing" });
            var loads = Replicas.Select(replica => Own(Load.Start(replica.Traffic, 15))).ToList();

            await redis.KillAsync();
            using (var refused = await Replicas[1].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 80 }))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            }

            Assert.True((await Replicas[2].PostAsync("rollback", new { reason = "cannot wait for Redis" })).IsRolledBack);
            Assert.All((await StatusesAsync())[..2], status => Assert.Equal(50, status.Weight));

            await redis.StartAgainAsync();
            var back = Stopwatch.GetTimestamp();
            await AllSeeAsync("rolled back everywhere", status => status.IsRolledBack);
            backs.Add(Stopwatch.GetElapsedTime(back).TotalMilliseconds);
            Assert.InRange(backs[^1], 0, 1500);
            var lines = Enumerable.Range(1, round).Reverse()
                .SelectMany(n => new (string?, string?)[] { ("rolled-back", $"v{n}"), ("started", $"v{n}") })
                .Append(("planned", null));
            await Eventually.SeeAsync(
                "the history, by everybody's journal",
                async () => (await Replicas[round % 3].HistoryAsync())
                    .Select(line => (line.GetProperty("kind").GetString(), line.GetProperty("version").GetString())),
                seen => seen.SequenceEqual(lines));
            foreach (var load in loads)
            {
                var counts = await load.StopAsync();
                Assert.True(counts.Failures == 0 && counts.Total > 0, counts.ToString());
            }
        }

        Tell("Redis back to all at 0", backs);
        Assert.Contains("RolledBack", await redis.AskAsync("HGET", "snapback:{default}:document", "status"), StringComparison.Ordinal);
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task While_it_is_gone_a_replica_is_not_shown_behind_what_it_did_itself()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status is { Weight: 50, Fleet: { Heard: true, Replicas: 2 } });
        await redis.KillAsync();
        await Replicas[0].PostAsync("rollback", new { reason = "cannot wait for Redis" });
        var places = (await Replicas[0].StatusAsync()).Json.GetProperty("fleet").GetProperty("replicas").EnumerateArray()
            .Select(replica => (replica.GetProperty("name").GetString(), replica.GetProperty("revision").GetInt64()));
        Assert.Equal([("r1", 2), ("r2", 1)], places);
    }

    [Fact]
    public async Task While_it_is_gone_each_replica_counts_itself_alone()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await CountsAsync(2);
        await redis.KillAsync();
        await CountsAsync(1);
        await redis.StartAgainAsync();
        await CountsAsync(2);

        Task CountsAsync(int replicas) => Task.WhenAll(Replicas.Select(replica => Eventually.SeeAsync(
            $"{replicas} replicas",
            replica.MetricsAsync,
            page => page.Contains($"snapback_replicas{{rollout=\"default\"}} {replicas}\n", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task What_nobody_can_read_in_a_history_stays_where_it_is_when_the_rest_is_put_back()
    {
        const string history = "snapback:{default}:history", strange = "written by something else";
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);

        await redis.AskAsync("RPUSH", history, strange);
        await redis.AskAsync("LPOP", history);
        await redis.AskAsync("DEL", "snapback:{default}:document");
        await redis.SeeAsync("the line that was lost is back", ["LINDEX", history, "0"], "\"started\"");
        Assert.Contains(strange, await redis.AskAsync("LINDEX", history, "-1"), StringComparison.Ordinal);
        Assert.Equal("3", (await redis.AskAsync("LLEN", history)).Trim());
    }

    [Fact]
    public async Task Started_from_an_older_snapshot_it_has_every_line_of_the_history_again()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        await StartAsync(0, "v1");
        await redis.AskAsync("SAVE");
        await RollBackAsync(1);
        await StartAsync(2, "v2");
        await Replicas[1].WeightAsync(60);
        await RollBackAsync(0);
        await StartAsync(1, "v3");
        var lines = await KindsAsync();
        Assert.Equal(7, lines.Count);

        // What was made a moment before a replica's last beat is put back in any case.
        await Task.Delay(1500, Ended);
        for (var round = 0; round < 2; round++)
        {
            await redis.KillAsync();
            if (round == 1)
            {
                // Told before anybody has looked at what Redis has.
                Assert.True((await Replicas[2].PostAsync("rollback", new { reason = "while it is away" })).IsRolledBack);
                lines.Insert(0, ("rolled-back", "v3"));
            }

            await redis.StartAgainAsync();
            await Eventually.SeeAsync("all lines", KindsAsync, seen => seen.SequenceEqual(lines));
        }

        await EveryJournalHoldsAsync();

        async Task<List<(string?, string?)>> KindsAsync() =>
            [.. (await Replicas[0].HistoryAsync()).Select(line => (line.GetProperty("kind").GetString(), line.GetProperty("version").GetString()))];

        async Task StartAsync(int replica, string version)
        {
            await Replicas[replica].PostAsync("start", new { version });
            await AllSeeAsync("started", status => status.Version == version && status.Weight == 50);
        }

        async Task RollBackAsync(int replica)
        {
            await Replicas[replica].PostAsync("rollback", new { reason = "bad" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack);
        }
    }

    [Fact]
    public async Task A_raise_that_finds_it_empty_is_no_view_that_is_stale_and_is_taken_once_it_was_filled_again()
    {
        var redis = await RedisAsync();
        var filter = Own(new RedisFilter(redis.Port));
        await FleetAsync(filter.Connection, Plans.StandingAt("20%"));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 20);

        // The others would fill it again at once.
        foreach (var other in Replicas.Skip(1))
        {
            other.Process.Freeze();
        }

        using var emptied = new ManualResetEventSlim();
        filter.Await("\"reason\":\"into nothing\"", Mishap.None, meanwhile: () =>
        {
            _ = redis.AskAsync("FLUSHALL").ContinueWith(_ => emptied.Set(), TaskScheduler.Default);
            emptied.Wait(Eventually.Patience, Ended);
        });
        using var refused = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 30, reason = "into nothing" });
        foreach (var other in Replicas.Skip(1))
        {
            other.Process.Thaw();
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("Redis has lost this rollout", await refused.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        await TakenAsync(HttpMethod.Put, "weight", new { weight = 30 });
        await AllSeeAsync("the new weight", status => status.Weight == 30);
    }

    [Fact]
    public async Task A_raise_that_was_stuck_in_a_frozen_Redis_never_happens()
    {
        var redis = await RedisAsync();
        var filter = Own(new RedisFilter(redis.Port));
        await FleetAsync(filter.Connection, Plans.StandingAt("20%"));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 20);
        for (var round = 1; round <= Times; round++)
        {
            // Redis stands still in the moment in which the command is on its way, so that it waits in the server's socket.
            filter.Await($"\"reason\":\"stuck {round}\"", Mishap.None, meanwhile: redis.Process.Freeze);
            using (var unknown = await (round % 2 == 1
                ? Replicas[0].SendAsync(HttpMethod.Post, "api/rollouts/default/promote", new { reason = $"stuck {round}" })
                : Replicas[1].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 90, reason = $"stuck {round}" })))
            {
                Assert.Equal((HttpStatusCode.GatewayTimeout, true), (unknown.StatusCode, filter.Happened));
            }

            // And what comes while it stands still is not sent at all.
            using (var refused = await Replicas[2].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 90 }))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            }

            redis.Process.Thaw();
            await AllSeeAsync("the fleet is heard again", status => status.Fleet.Heard);
            await Task.Delay(1000, Ended);
            Assert.All(await StatusesAsync(), status => Assert.Equal(20, status.Weight));
        }

        // And it is no grave: the next one is taken.
        await TakenAsync(HttpMethod.Put, "weight", new { weight = 25 });
        await AllSeeAsync("the new weight", status => status.Weight == 25);
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task A_broken_canary_falls_on_every_replica_by_itself_while_Redis_is_frozen()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.AllAtOnce);
        for (var round = 1; round <= Times; round++)
        {
            CanaryArm.Behaviour = Behaviour.Ok;
            await Replicas[0].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("started", status => status.Version == $"v{round}" && status.Weight == 100);
            redis.Process.Freeze();
            CanaryArm.Behaviour = Behaviour.Error;
            var counts = await RoundRobinAsync(90, seen => seen["stable"] > 60);
            redis.Process.Thaw();

            Assert.All(await StatusesAsync(), status => Assert.True(status.IsRolledBack, status.Place));
            Assert.InRange(counts.Failures, 3, 15);
            await AllSeeAsync("the fleet is heard again", status => status.Fleet.Heard);
            await Eventually.SeeAsync("one record", StatusesAsync, all => all.Select(status => status.Rollback.Replica).Distinct().Count() == 1);
        }

        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task Told_to_a_replica_gives_its_canary_nothing_after_so_long_a_silence_and_its_weight_back_afterwards()
    {
        var redis = await RedisAsync();
        var config = Folder.Write("isolation.json", """{ "Snapback": { "Sharing": { "OnIsolation": "stable after 2s" } } }""");
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2, "--config", config);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        for (var round = 1; round <= Times; round++)
        {
            await AllSeeAsync("half of the traffic", status => status is { Weight: 50, Fleet: { Heard: true, Withheld: false } });
            redis.Process.Freeze();
            await AllSeeAsync("it is alone and holds", status => status is { Weight: 50, Fleet: { Heard: false, Withheld: false } });
            await AllSeeAsync("it has waited long enough", status => status.Fleet.Withheld);
            var arrived = CanaryArm.Requests;
            await RoundRobinAsync(40, _ => false);
            Assert.Equal(arrived, CanaryArm.Requests);
            redis.Process.Thaw();
            await AllSeeAsync("it hears the fleet", status => status is { Weight: 50, Fleet: { Heard: true, Withheld: false } });
            await RoundRobinAsync(40, _ => false);
            Assert.NotEqual(arrived, CanaryArm.Requests);
        }

        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task A_replica_starts_without_it_with_stable_only_and_joins_when_it_comes()
    {
        var redis = Own(RedisServer.NotYet());
        await FleetAsync(redis.Connection, Plans.StandingAt("30%"), replicas: 1);
        var status = await Replicas[0].StatusAsync();
        Assert.True(status.Fleet is { Withheld: true, Heard: false }, status.ToString());
        Assert.Contains("degraded", await Replicas[0].Admin.GetStringAsync("healthz/ready", Ended), StringComparison.Ordinal);
        Assert.Contains("snapback_store_up 0", await Replicas[0].MetricsAsync(), StringComparison.Ordinal);
        using (var refused = await Replicas[0].SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version = "v1" }))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        await redis.StartAgainAsync();
        await Replicas[0].SeeAsync("it is heard", seen => seen.Fleet.Heard);
        await Replicas[0].PostAsync("start", new { version = "v1" });

        // A restart while Redis is away serves stable only, although its journal says 30%.
        await redis.KillAsync();
        await Replicas[0].KillAsync();
        Replicas[0] = Launch("r1", redis.Connection, Plans.StandingAt("30%"));
        await Replicas[0].ReadyAsync();
        var arrived = CanaryArm.Requests;
        await RoundRobinAsync(40, _ => false);
        Assert.Equal(arrived, CanaryArm.Requests);
        await redis.StartAgainAsync();
        await Replicas[0].SeeAsync("the canary has its weight again", seen => seen is { Weight: 30, Fleet.Withheld: false });
    }
}
