namespace Snapback.Journeys.Fleet;

/// <summary>A Redis that is full, has no disk or was demoted still answers and still carries messages; it only takes nothing.</summary>
public sealed class RedisTakesNoWrites : FleetJourney
{
    [Theory]
    [InlineData("maxmemory", "1", "0")]
    [InlineData("min-replicas-to-write", "3", "0")]
    public async Task A_rollback_is_heard_all_the_same_and_nobody_says_in_between_that_all_is_well(string setting, string refuses, string takes)
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50 && status.Fleet.Heard);

        await redis.AskAsync("CONFIG", "SET", setting, refuses);
        await AllSeeAsync("it knows that it is alone", status => !status.Fleet.Heard);
        using (var refused = await Replicas[1].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 60 }))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.DoesNotContain("script", await refused.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        }

        // Longer than the list of rollouts is looked at, which Redis lets them read.
        await Task.Delay(2500, Ended);
        foreach (var replica in Replicas)
        {
            Assert.Contains("degraded", await replica.Admin.GetStringAsync("healthz/ready", Ended), StringComparison.Ordinal);
        }

        Assert.All(Replicas, replica => Assert.Single(Said(replica, "Redis does not answer")));

        Assert.True((await Replicas[2].PostAsync("rollback", new { reason = "it cannot wait" })).IsRolledBack);
        await AllSeeAsync("rolled back, by the message alone", status => status is { IsRolledBack: true, Fleet.Heard: false });

        await redis.AskAsync("CONFIG", "SET", setting, takes);
        await AllSeeAsync("it hears the fleet", status => status is { IsRolledBack: true, Fleet.Heard: true });
        await redis.SeeAsync("it is written down", ["HGET", "snapback:{default}:document", "status"], "RolledBack");
        await EveryJournalHoldsAsync();
    }

    [Theory]
    [InlineData("$EVAL=,$EVALSHA=", "EVAL")]
    [InlineData("$SUBSCRIBE=", "SUBSCRIBE")]
    public async Task A_command_that_the_connection_rules_out_is_named_and_ends_nobody(string without, string named)
    {
        var redis = await RedisAsync();
        await FleetAsync($"{redis.Connection},{without}", Plans.StandingAt("50%"), replicas: 1);
        await Replicas[0].SeeAsync("it knows that it is alone", status => !status.Fleet.Heard);
        await Eventually.SeeAsync("it says why", () => Task.FromResult(Said(Replicas[0], named).Any()), static said => said);
        Assert.Contains("degraded", await Replicas[0].Admin.GetStringAsync("healthz/ready", Ended), StringComparison.Ordinal);
        Assert.DoesNotContain(Replicas[0].Process.Output.Split('\n'), static line => line.Contains("   at Snapback", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_outlives_its_servers_demotion_is_made_anew()
    {
        // As behind a name or an address that is given to another server, and where the connections to the one before stay.
        var (old, next) = (await RedisAsync(), await RedisAsync());
        var wire = Own(new RedisFilter(old.Port));
        await FleetAsync(wire.Connection, Plans.StandingAt("50%"), replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);

        wire.Redis = next.Port;
        await old.AskAsync("REPLICAOF", "127.0.0.1", next.Port.ToString());
        await AllSeeAsync("they hear nobody there", status => !status.Fleet.Heard);
        await AllSeeAsync("they found the other one", status => status is { Weight: 50, Fleet: { Heard: true, Replicas: 2 } });
        // The demoted one is the other's replica now: no raise counts before it has that too, and it is only just catching up.
        await Eventually.SeeAsync("a raise is taken", () => Replicas[1].CliAsync("weight", "default", "60"), said => said.ExitCode == 0);
        await AllSeeAsync("and it takes a raise", status => status.Weight == 60);
        await EveryJournalHoldsAsync();
    }

    private static IEnumerable<string> Said(SnapbackProcess replica, string what) =>
        replica.Process.Output.Split('\n').Where(line => line.Contains(what, StringComparison.Ordinal));
}
