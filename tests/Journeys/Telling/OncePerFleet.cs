using System.Text.Json;
using Snapback.Journeys.Fleet;

namespace Snapback.Journeys.Telling;

/// <summary>Several replicas make one thing happen, and whoever is told hears of one.</summary>
public sealed class OncePerFleet : FleetJourney
{
    [Fact]
    public async Task Three_replicas_that_roll_back_in_the_same_moment_tell_it_once()
    {
        Hook people = Own(new Hook()), log = Own(new Hook()), deployer = Own(new Hook());
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan(people.Url, log.Url, deployer.Url));
        const int Rounds = 3;
        for (var round = 1; round <= Rounds; round++)
        {
            await Replicas[0].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("started", status => status.Phase == "Progressing" && status.Version == $"v{round}" && status.Fleet.Heard);
            // Nobody hears of the others' before its own.
            redis.Process.Freeze();
            var answers = await Task.WhenAll(Replicas.Select(replica => replica.PostAsync("rollback", new { reason = "all at once" })));
            redis.Process.Thaw();
            Assert.Equal(Replicas.Count, answers.Select(status => status.Rollback.Replica).Distinct().Count());
            await AllSeeAsync("rolled back", status => status.IsRolledBack && status.Fleet.Heard);

            // A start by whoever has not heard whose record won would be refused: its status is not the fleet's.
            await Eventually.SeeAsync("one record", StatusesAsync, all => all.Select(status => status.Rollback.Replica).Distinct().Count() == 1);
        }

        await Eventually.SeeAsync("all is told", () => (people.Calls.Count, log.Calls.Count, deployer.Calls.Count) == (2 * Rounds + 1, 2 * Rounds + 1, Rounds));

        // The outbox is looked at every two seconds; whoever tells twice has by then.
        await Task.Delay(TimeSpan.FromSeconds(3), Ended);
        Assert.Equal((2 * Rounds + 1, 2 * Rounds + 1, Rounds), (people.Calls.Count, log.Calls.Count, deployer.Calls.Count));
        var ids = people.Calls.Select(call => call.GetProperty("id").GetString()!).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.Equal(ids.Order(), log.Calls.Select(EventId).Order());
        Assert.Equal(ids.Where(id => id.EndsWith("/rolled-back", StringComparison.Ordinal)).Order(), deployer.Calls.Select(EventId).Order());
    }

    [Fact]
    public async Task What_a_replica_was_telling_when_it_was_killed_another_one_tells()
    {
        var (people, log, deployer) = (FreePort.TakeUri(), FreePort.TakeUri(), Own(new Hook()));
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan(people, log, deployer.Url), replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Phase == "Progressing");
        await Replicas[0].PostAsync("rollback", new { reason = "and dies" });
        await Eventually.SeeAsync("it tells", () => deployer.Calls.Count == 1);
        await Replicas[0].KillAsync();

        var told = Own(new Hook(people));
        await Eventually.SeeAsync("the other one tells", () => told.Calls.Any(IsRollback));
        Assert.Equal(EventId(deployer.Calls[0]), told.Calls.First(IsRollback).GetProperty("id").GetString());
        Assert.Equal("r2", told.Calls.First(IsRollback).GetProperty("data").GetProperty("replica").GetString());
        Assert.Single(deployer.Calls.Select(EventId).Distinct());
    }

    private static bool IsRollback(JsonElement call) => call.GetProperty("type").GetString() == "dev.snapback.rollout.rolled-back";

    private static string? EventId(JsonElement call) => call.GetProperty("metadata").GetProperty("eventId").GetString();

    private static string Plan(Uri people, Uri log, Uri deployer) => $$"""
        {{Plans.StandingAt("50%").Replace("deadline: 5m", $$"""deadline: 5m, hooks: [ { url: "{{deployer}}" } ]""", StringComparison.Ordinal)}}
        notifications: [ { format: cloudevents, url: "{{people}}" } ]
        hooks: [ { when: event, name: log, url: "{{log}}" } ]
        """;
}
