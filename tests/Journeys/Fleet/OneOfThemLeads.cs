using System.Diagnostics;

namespace Snapback.Journeys.Fleet;

/// <summary>What must happen once happens once, by whoever holds the lease, and goes on when that one stops.</summary>
[Collection(nameof(Alone))]
public sealed class OneOfThemLeads : FleetJourney
{
    private const string Ladder = """
        name: default
        steps: [ { weight: 5%, hold: 1s }, { weight: 10%, hold: 1s }, { weight: 15%, hold: 5s }, { weight: 20%, hold: 3s }, { weight: 25%, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Fact]
    public async Task A_stopped_leader_is_replaced_and_does_nothing_twice_when_it_goes_on()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Ladder);
        Replicas.ForEach(replica => Own(Load.Start(replica.Traffic, 20)));
        var takeovers = new List<double>();
        for (var round = 1; round <= Times; round++)
        {
            takeovers.Add(await RoundAsync($"v{round}"));
            await Replicas[round % 3].PostAsync("rollback", new { reason = "the next round" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack);
        }

        Tell("takeover", takeovers);
        await EveryJournalHoldsAsync();
    }

    private async Task<double> RoundAsync(string version)
    {
        await Replicas[0].PostAsync("start", new { version });
        await AllSeeAsync("at 15%", status => status.Version == version && status.Weight == 15);
        var leaders = (await StatusesAsync()).Count(status => status.Fleet.Leads);
        Assert.Equal(1, leaders);

        var leader = Replicas[Array.FindIndex(await StatusesAsync(), status => status.Fleet.Leads)];
        leader.Process.Freeze();
        var frozen = Stopwatch.GetTimestamp();
        var others = Replicas.Where(replica => replica != leader).ToList();
        await Eventually.SeeAsync(
            "another one leads",
            async () => (await Task.WhenAll(others.Select(replica => replica.StatusAsync()))).Count(status => status.Fleet.Leads),
            leading => leading == 1);
        var takeover = Stopwatch.GetElapsedTime(frozen);
        Assert.InRange(takeover.TotalSeconds, 0, 4);
        await others[0].SeeAsync("it climbs on", status => status.Weight == 25, within: TimeSpan.FromSeconds(25));
        leader.Process.Thaw();
        await AllSeeAsync("all at 25%", status => status.Weight == 25);

        // Every step once: its revision is its place in the ladder.
        await Task.Delay(1000, Ended);
        Assert.All(await StatusesAsync(), status => Assert.Equal((25, 5), (status.Weight, status.Revision)));
        var generation = (await others[0].StatusAsync()).Generation;
        var advances = (await others[0].HistoryAsync())
            .Where(entry => entry.GetProperty("generation").GetInt64() == generation)
            .Where(entry => entry.GetProperty("kind").GetString() == "advanced")
            .Select(entry => entry.GetProperty("weight").GetDecimal());
        Assert.Equal([25, 20, 15, 10], advances);
        Assert.Empty(Witness.Broken());
        return takeover.TotalMilliseconds;
    }
}
