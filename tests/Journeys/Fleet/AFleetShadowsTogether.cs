namespace Snapback.Journeys.Fleet;

/// <summary>Each replica copies what it gets, and all of them judge the copies of all.</summary>
public sealed class AFleetShadowsTogether : FleetJourney
{
    private const string Plan = """
        name: default
        steps:
          - { shadow: 100%, requests: 100 }
          - { weight: 5%, hold: 1h }
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Fact]
    public async Task The_copies_of_all_open_the_gate_and_a_canary_that_fails_them_is_gone_everywhere_before_it_had_a_user()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "2" });
        await AllSeeAsync("shadowing", status => status is { Version: "2", Step: 1, Weight: 0 });

        // Neither replica alone has the hundred that the gate wants.
        Assert.Equal("60 × stable", (await RoundRobinAsync(60, _ => false)).ToString());
        await AllSeeAsync("the copies of both are counted", status => status.NextGate.Contains("60 of 100 requests", StringComparison.Ordinal));
        Assert.Equal("40 × stable", (await RoundRobinAsync(40, _ => false)).ToString());

        // Should a copy have been left out; on a busy machine the gate opens while these are under way.
        await RoundRobinAsync(20, _ => false);
        await AllSeeAsync("it gets users", status => status is { Step: 2, Weight: 5 });
        Assert.InRange(CanaryArm.Requests, 100, 140);

        await Replicas[1].PostAsync("rollback", new { reason = "the next one" });
        await AllSeeAsync("rolled back by hand", status => status.IsRolledBack);
        CanaryArm.Behaviour = Behaviour.Error;
        await Replicas[1].PostAsync("start", new { version = "3" });
        await AllSeeAsync("shadowing again", status => status is { Version: "3", Step: 1 });
        var seen = await RoundRobinAsync(100, _ => false);
        Assert.Equal("100 × stable", seen.ToString());
        await AllSeeAsync("rolled back everywhere", status => status.IsRolledBack);
        Assert.All(
            (await StatusesAsync()).Select(status => status.Rollback),
            record => Assert.Equal(("success-rate", 0L, 0L), (record.Trigger, record.Victims, record.CanaryAfterDecision)));
        var copied = CanaryArm.Requests;
        await RoundRobinAsync(20, _ => false);
        Assert.Equal(copied, CanaryArm.Requests);
        await EveryJournalHoldsAsync();
    }
}
