namespace Snapback.Journeys.Fleet;

/// <summary>As in every deployment of the proxy itself: one after the other is stopped in good order, and started again.</summary>
public sealed class AReplicaIsReplaced : FleetJourney
{
    [Fact]
    public async Task Who_is_stopped_soon_after_its_rollback_tells_the_rest_of_it_and_gives_no_false_alarm()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        for (var round = 1; round <= Math.Max(6, Times); round++)
        {
            await Replicas[1].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("started", status => status.Version == $"v{round}" && status is { Weight: 50, Fleet: { Heard: true, Replicas: 2 } });
            await Replicas[0].PostAsync("rollback", new { reason = "a new one comes" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack);

            // Before its next beat, which is due after 0.8 s.
            await Task.Delay(400, Ended);
            Assert.Equal(0, await Replicas[0].TerminateAsync());
            Assert.DoesNotContain("Redis does not answer", Replicas[0].Process.Output, StringComparison.Ordinal);
            await Replicas[1].SeeAsync("how long it took to spread", status => status.Rollback.SpreadMs is not null);

            Replicas[0] = Launch("r1", redis.Connection, Plans.StandingAt("50%"));
            await Replicas[0].ReadyAsync();
        }
    }
}
