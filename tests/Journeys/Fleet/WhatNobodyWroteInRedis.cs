using System.Globalization;
using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>Values that no version writes, or that were true by another server's clock, stand in nobody's way for long.</summary>
public sealed class WhatNobodyWroteInRedis : FleetJourney
{
    private const string Of = "snapback:{default}:";

    [Theory]
    [InlineData("document")]
    [InlineData("history")]
    [InlineData("replicas")]
    [InlineData("lease")]
    [InlineData("outbox")]
    [InlineData("evidence:1")]
    public async Task A_key_of_another_type_is_taken_away(string key)
    {
        var redis = await StartedAsync();
        await redis.AskAsync("SET", $"{Of}{key}", "something else");
        await Eventually.SeeAsync("it is gone", () => redis.AskAsync("TYPE", $"{Of}{key}"), type => type != "string");
        await AsEverAsync();
        var said = $"had a key {Of}{key} of a type that no version of Snapback writes";
        Assert.Contains(Replicas, replica => replica.Process.Output.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_of_rollouts_of_another_type_is_made_anew()
    {
        var redis = await StartedAsync();
        await redis.AskAsync("SET", "snapback:rollouts", "something else");
        await Eventually.SeeAsync("it names the rollout", () => redis.AskAsync("SMEMBERS", "snapback:rollouts"), names => names == "default");
        await AsEverAsync();
    }

    [Theory]
    [InlineData("until", "no time")]
    [InlineData("fence", "no number")]
    public async Task A_lease_that_nobody_can_read_is_nobodys(string field, string value)
    {
        var redis = await StartedAsync();
        await redis.AskAsync("HSET", $"{Of}lease", "owner", "nobody", "until", "1", field, value);
        await Eventually.SeeAsync("one leads again", StatusesAsync, all => all.Count(status => status.Fleet is { Leads: true, Heard: true }) == 1);
        await AsEverAsync();
    }

    [Fact]
    public async Task After_a_clock_that_was_ahead_the_dead_do_not_lead_and_are_not_counted()
    {
        var redis = await StartedAsync();
        var inAnHour = (long.Parse((await redis.AskAsync("TIME")).Split('\n')[0], CultureInfo.InvariantCulture) + 3600) * 1000;
        await redis.AskAsync("HSET", $"{Of}lease", "owner", "r9/dead", "until", $"{inAnHour}");
        var dead = JsonSerializer.Serialize(new { name = "r9", version = "0.1.0" });
        await redis.AskAsync("HSET", $"{Of}replicas", "r9/dead", $"{inAnHour}|{inAnHour}000|x|{dead}");
        await Eventually.SeeAsync("one leads", StatusesAsync, all => all.Count(status => status.Fleet.Leads) == 1);
        await AllSeeAsync("the dead one is away", status => status.Fleet.Replicas == 2);
        await AsEverAsync();
    }

    [Fact]
    public async Task A_line_of_the_history_that_nobody_can_read_keeps_no_rollback_from_being_settled()
    {
        var redis = await StartedAsync();
        await redis.AskAsync("LPUSH", $"{Of}history", "written by something else", "7");
        await RoundRobinAsync(40, counts => counts["canary"] > 3);
        await Replicas[0].PostAsync("rollback", new { reason = "seen enough" });
        await Eventually.SeeAsync("all who met it", () => Replicas[0].SeeHistoryAsync("rolled-back"), line =>
            line.GetProperty("exposure") is { ValueKind: JsonValueKind.Object } met && met.GetProperty("requests").GetInt64() == CanaryArm.Requests);
        await Eventually.SeeAsync("settled", () => Replicas[0].Process.Output.Contains(", after its rollback: ", StringComparison.Ordinal));
        await Task.Delay(500, Ended);
        Assert.DoesNotContain(Replicas, replica => replica.Process.Output.Contains("does not know what came after", StringComparison.Ordinal));
    }

    private async Task<RedisServer> StartedAsync()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50 && status.Fleet is { Heard: true, Replicas: 2 });
        return redis;
    }

    private async Task AsEverAsync()
    {
        await AllSeeAsync("as it was", status => status is { Weight: 50, Fleet: { Heard: true, Replicas: 2 } });
        await Replicas[1].WeightAsync(60);
        await AllSeeAsync("a raise", status => status.Weight == 60);
        await Replicas[0].PostAsync("rollback", new { reason = "seen enough" });
        await AllSeeAsync("a rollback", status => status.IsRolledBack && status.Fleet.Heard);
        Assert.Empty(Witness.Broken());
    }
}
