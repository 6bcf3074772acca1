namespace Snapback.Journeys.Fleet;

/// <summary>
/// Two replicas roll back one generation, each by itself, and the record that loses reaches Redis first as often as not: the fleet's
/// history has the rollback once, and takes neither for the other's exoneration.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TwoDecideInOneMoment : FleetJourney
{
    [Fact]
    public async Task A_rollback_that_two_replicas_made_is_one_line_of_history_and_exonerates_nobody()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        var rounds = 6 * Times;
        for (var round = 1; round <= rounds; round++)
        {
            await StartAsync($"v{round}");
            await AllSeeAsync($"v{round} started", status => status.Weight == 50 && status.Fleet.Heard);
            redis.Process.Freeze();
            foreach (var replica in round % 2 == 0 ? Replicas : Enumerable.Reverse(Replicas))
            {
                _ = await replica.PostAsync("rollback", new { reason = "both see it" });
            }

            redis.Process.Thaw();
            await AllSeeAsync($"v{round} rolled back", status => status.Phase == "RolledBack" && status.Fleet.Heard);
        }

        await Eventually.SeeAsync("all agree", StatusesAsync, all => all.Select(status => status.Place).Distinct().Count() == 1);
        var kinds = (await Replicas[0].HistoryAsync()).Select(line => line.GetProperty("kind").GetString()).GroupBy(kind => kind).ToDictionary(kind => kind.Key!, kind => kind.Count());
        Assert.Equal((rounds, 0), (kinds["rolled-back"], kinds.GetValueOrDefault("exonerated")));

        // A replica counts two seconds after Redis was told: by then it knows whose record has won.
        await Eventually.SeeAsync("all counted", CountedAsync, counted => counted >= rounds);
        await Task.Delay(2500, Ended);
        Assert.Equal(rounds, await CountedAsync());
    }

    /// <summary>Refused while one replica's record is still taking the other's place.</summary>
    private Task<bool> StartAsync(string version) => Eventually.SeeAsync(
        $"{version} may start",
        async () =>
        {
            using var response = await Replicas[0].SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version });
            return response.IsSuccessStatusCode;
        },
        started => started);
}
