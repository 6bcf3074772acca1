namespace Snapback.Journeys.Fleet;

/// <summary>
/// Sentinels make another Redis the master while the old one stands still, and the old one goes on as if nothing had happened. Raw
/// Redis loses up to two thirds of what it acknowledged then.
/// </summary>
public sealed class AMasterThatComesBackFromTheDead : FleetJourney
{
    [Fact]
    public async Task No_rollback_is_lost_and_no_raise_counts_that_one_server_alone_had()
    {
        var redis = Own(await RedisSentinels.StartAsync());
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        for (var round = 1; round <= Times; round++)
        {
            await TakenAsync(HttpMethod.Post, "start", new { version = $"v{round}" }, Slow);
            await AllSeeAsync($"v{round} started", status => status.Version == $"v{round}" && status.Weight == 50, Slow);

            var old = await redis.MasterAsync();
            old.Process.Freeze();
            Assert.True((await Replicas[0].PostAsync("rollback", new { reason = "while nobody answers" })).IsRolledBack);
            await Eventually.SeeAsync("another master", redis.MasterAsync, master => master != old, Slow);
            await AllSeeAsync("rolled back everywhere", status => status.IsRolledBack, Slow);
            old.Process.Thaw();

            // Whoever still talks to it gets a yes that means nothing; within seconds it is a follower.
            await old.SeeAsync("the old master follows", ["INFO", "replication"], "role:slave", Slow);
            await AllSeeAsync("all hear the new master", status => status is { IsRolledBack: true, Fleet.Heard: true }, Slow);
            var stored = await (await redis.MasterAsync()).AskAsync("HGET", "snapback:{default}:document", "status");
            Assert.Contains("RolledBack", stored, StringComparison.Ordinal);
        }

        await EveryJournalHoldsAsync(proof: 1);
    }

    [Fact]
    public async Task A_raise_needs_a_second_server_once_there_was_one()
    {
        var master = await RedisAsync();
        var follower = await RedisAsync("--replicaof", "127.0.0.1", master.Port.ToString());
        await master.SeeAsync("it follows", ["INFO", "replication"], "connected_slaves:1");
        await FleetAsync(master.Connection, Plans.StandingAt("20%"), replicas: 2);
        await TakenAsync(HttpMethod.Post, "start", new { version = "v1" }, Slow);
        await AllSeeAsync("started with the follower's proof", status => status.Weight == 20);

        await follower.KillAsync();
        using (var refused = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 60 }))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("0 of the 1 other servers", await refused.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        }

        await Task.Delay(1000, Ended);
        Assert.All(await StatusesAsync(), status => Assert.Equal(20, status.Weight));
        Assert.True((await Replicas[0].PostAsync("rollback")).IsRolledBack);
        await AllSeeAsync("down needs no proof", status => status.IsRolledBack);
        await EveryJournalHoldsAsync(proof: 1);
    }

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(40);
}
