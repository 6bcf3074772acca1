using System.Diagnostics;

namespace Snapback.Journeys.Fleet;

/// <summary>All keys of a rollout are in one slot, so that each script finds what it needs on one server, wherever the slot is.</summary>
public sealed class ARedisClusterCarriesAFleet : FleetJourney
{
    private const string Key = "snapback:{default}:document";

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task A_rollback_reaches_every_replica_also_after_the_rollouts_slot_has_moved_to_another_server()
    {
        var cluster = Own(await RedisCluster.StartAsync());
        await FleetAsync(cluster.Connection, Plans.StandingAt("50%"));
        await Eventually.SeeAsync("three replicas", StatusesAsync, all => all.All(status => status.Fleet is { Heard: true, Replicas: 3 }));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        await RoundRobinAsync(40, _ => false);

        await cluster.MoveSlotOfAsync(Key);
        CanaryArm.Behaviour = Behaviour.Error;
        await RoundRobinAsync(100, seen => seen.Failures > 5);
        await AllSeeAsync("rolled back, and how long it took", status => status is { IsRolledBack: true, Rollback.SpreadMs: not null });

        CanaryArm.Behaviour = Behaviour.Ok;
        await Replicas[2].PostAsync("start", new { version = "v2" });
        await AllSeeAsync("the next version at 50%", status => status.Weight == 50);
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task The_master_that_has_the_rollout_may_be_lost_and_the_fleets_user_is_enough()
    {
        var cluster = Own(await RedisCluster.StartAsync());
        var lost = await cluster.MasterOfAsync(Key);
        var heir = await cluster.FollowAsync(lost);
        await cluster.GrantAsync("edge", "secret", FleetsPage.Granted(cluster: true));
        await FleetAsync($"{cluster.Connection},user=edge,password=secret", Plans.StandingAt("50%"));
        var gaps = new List<double>();
        for (var round = 1; round <= Times; round++)
        {
            await TakenAsync(HttpMethod.Post, "start", new { version = $"v{round}" }, Slow);
            await AllSeeAsync("started", status => status.Version == $"v{round}" && status.Weight == 50, Slow);

            await lost.KillAsync();
            var at = Stopwatch.GetTimestamp();
            Assert.True((await Replicas[1].PostAsync("rollback", new { reason = "while its master is gone" })).IsRolledBack);
            await heir.SeeAsync("the follower takes over", ["INFO", "replication"], "role:master", Slow);
            await AllSeeAsync("rolled back everywhere", status => status is { IsRolledBack: true, Fleet: { Heard: true, Replicas: 3 } }, Slow);
            gaps.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            Assert.Contains("RolledBack", await heir.AskAsync("HGET", Key, "status"), StringComparison.Ordinal);

            // Nothing goes up on the heir's word alone; the one that was lost comes back as its follower.
            using (var refused = await Replicas[0].SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version = "too early" }))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            }

            await lost.StartAgainAsync();
            await heir.SeeAsync("it follows", ["INFO", "replication"], "state=online", Slow);
            (lost, heir) = (heir, lost);
        }

        Tell("a cluster's master lost to all at 0", gaps);
        await EveryJournalHoldsAsync(proof: 1);
    }

    [Fact]
    public async Task A_rollout_whose_slot_lives_goes_on_when_the_list_of_rollouts_is_lost()
    {
        var cluster = Own(await RedisCluster.StartAsync(isWhole: false));
        var (lost, living) = (await cluster.MoveSlotOfAsync("snapback:rollouts"), await cluster.MasterOfAsync(Key));
        Assert.NotSame(lost, living);
        await FleetAsync(cluster.Connection, Plans.StandingAt("50%"), replicas: 2);
        await AllSeeAsync("both", status => status.Fleet is { Heard: true, Replicas: 2 });
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);

        for (var round = 1; round <= Times; round++)
        {
            await lost.KillAsync();
            await Eventually.SeeAsync(
                "the others know",
                () => living.AskAsync("CLUSTER", "INFO"),
                info => !info.Contains("cluster_slots_fail:0", StringComparison.Ordinal),
                Slow);
            Assert.True((await Replicas[0].PostAsync("rollback", new { reason = "while the list is gone" })).IsRolledBack);
            await AllSeeAsync("rolled back", status => status is { IsRolledBack: true, Fleet.Heard: true });
            await TakenAsync(HttpMethod.Post, "start", new { version = $"v{round + 1}" }, Slow);
            await AllSeeAsync("started", status => status.Version == $"v{round + 1}" && status.Weight == 50);

            await lost.StartAgainAsync();
            await Eventually.SeeAsync("it is named again", () => lost.AskAsync("SMEMBERS", "snapback:rollouts"), names => names == "default", Slow);
        }

        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task Rollouts_whose_server_stands_still_hold_up_no_command_of_another()
    {
        var cluster = Own(await RedisCluster.StartAsync(isWhole: false));
        Replicas.Add(Own(SnapbackProcess.Start(
            Folder, ["--config", Folder.Write("many.json", ManyRollouts(20)), .. AsReplica("r1", cluster.Connection)])));
        await Replicas[0].ReadyAsync();
        var all = new List<(string Name, RedisServer Server)>();
        foreach (var name in Enumerable.Range(0, 20).Select(i => $"rollout-{i}"))
        {
            all.Add((name, await cluster.MasterOfAsync($"snapback:{{{name}}}:document")));
            Assert.Equal(0, (await Replicas[0].CliAsync("start", name, "--version", "v1")).ExitCode);
        }

        var lost = all[0].Server;
        var living = all.First(one => one.Server != lost).Name;
        var others = all.Where(one => one.Server == lost).Select(one => one.Name).ToList();
        Assert.InRange(others.Count, 4, 20);
        lost.Process.Freeze();
        await Task.WhenAll(others.Select(other => Replicas[0].CliAsync("rollback", other, "--reason", "while its server stands still")));
        for (var i = 0; i < 5; i++)
        {
            var at = Stopwatch.GetTimestamp();
            using var weighed = await Replicas[0].SendAsync(HttpMethod.Put, $"api/rollouts/{living}/weight", new { weight = 51 + i });
            Assert.Equal(HttpStatusCode.OK, weighed.StatusCode);
            Assert.InRange(Stopwatch.GetElapsedTime(at).TotalMilliseconds, 0, 2000);
        }

        lost.Process.Thaw();
    }
}
