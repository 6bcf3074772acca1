namespace Snapback.Journeys.Fleet;

/// <summary>All keys of a rollout are in one slot, so that each script finds what it needs on one server, wherever the slot is.</summary>
[Collection(nameof(Alone))]
public sealed class ARedisClusterCarriesAFleet : FleetJourney
{
    [Fact]
    public async Task A_rollback_reaches_every_replica_also_after_the_rollouts_slot_has_moved_to_another_server()
    {
        var cluster = Own(await RedisCluster.StartAsync());
        await FleetAsync(cluster.Connection, Plans.StandingAt("50%"));
        await Eventually.SeeAsync("three replicas", StatusesAsync, all => all.All(status => status.Fleet is { Heard: true, Replicas: 3 }));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        await RoundRobinAsync(40, _ => false);

        await cluster.MoveSlotOfAsync("snapback:{default}:document");
        CanaryArm.Behaviour = Behaviour.Error;
        await RoundRobinAsync(100, seen => seen.Failures > 5);
        await AllSeeAsync("rolled back, and how long it took", status => status is { IsRolledBack: true, Rollback.SpreadMs: not null });

        CanaryArm.Behaviour = Behaviour.Ok;
        await Replicas[2].PostAsync("start", new { version = "v2" });
        await AllSeeAsync("the next version at 50%", status => status.Weight == 50);
        await EveryJournalHoldsAsync();
    }
}
