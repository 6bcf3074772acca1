namespace Snapback.Journeys.Fleet;

/// <summary>
/// Two replicas roll back one generation, each by itself, and the record that loses reaches Redis first as often as not: the fleet's
/// history has the rollback once, and takes neither for the other's exoneration.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TwoDecideInOneMoment : FleetJourney
{
    private const string Outbox = "snapback:{default}:outbox";

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

    [Fact]
    public async Task A_replica_whose_question_who_is_to_count_gets_lost_asks_again()
    {
        var redis = await RedisAsync();
        var filter = Own(new RedisFilter(redis.Port));
        Replicas.Add(Launch("r1", filter.Connection, Plans.StandingAt("50%")));
        Replicas.Add(Launch("r2", redis.Connection, Plans.StandingAt("50%")));
        await WatchAsync();
        await StartAsync("v1");
        await AllSeeAsync("started", status => status.Weight == 50 && status.Fleet.Heard && status.Fleet.Replicas == 2);
        _ = await Replicas[0].PostAsync("rollback", new { reason = "seen by both" });
        await AllSeeAsync("rolled back", status => status.Phase == "RolledBack" && status.Fleet.Heard);

        // As if the other one had been first: whoever's question is lost does not know it.
        var told = (await redis.AskAsync("HKEYS", Outbox)).Split('\n').First(key => key.EndsWith("/rolled-back", StringComparison.Ordinal));
        var id = told[(told.IndexOf(':') + 1)..];
        await redis.AskAsync("HSET", Outbox, $"counts:{id}", "9999999999999|r2");
        filter.Await($"{id}\r\n$", Mishap.CommandLost);
        await Eventually.SeeAsync("the question is lost", () => Task.FromResult(filter.Happened), happened => happened);
        await Task.Delay(1000, Ended);
        Assert.Equal(0, await CountedAsync());
    }

    [Fact]
    public async Task What_one_lowers_beside_a_raise_that_it_has_not_heard_of_has_a_revision_and_a_line_of_its_own()
    {
        var redis = await RedisAsync();
        var filter = Own(new RedisFilter(redis.Port));
        Replicas.Add(Launch("r1", filter.Connection, Plans.StandingAt("50%")));
        Replicas.Add(Launch("r2", redis.Connection, Plans.StandingAt("50%")));
        await WatchAsync();
        await StartAsync("v1");
        foreach (var lower in (Func<Task>[])[() => Replicas[0].WeightAsync(10), () => Replicas[0].PostAsync("rollback", new { reason = "at 80% elsewhere" })])
        {
            await AllSeeAsync("all hear", status => status is { Weight: > 0, Fleet: { Heard: true, Replicas: 2 } });
            filter.Await("EVALSHA", Mishap.Silence);
            await Eventually.SeeAsync("it hears nothing", () => Task.FromResult(filter.Happened), happened => happened);
            await Replicas[1].WeightAsync(80);
            var lowering = lower();
            await Eventually.SeeAsync("Redis was told", () => redis.AskAsync("HGET", "snapback:{default}:document", "status"), status => !status.Contains("\"weight\":8000", StringComparison.Ordinal));
            filter.EndSilence();
            await lowering;
            await AllSeeAsync("lowered", status => status is { Weight: < 50, Fleet.Heard: true });
            await Eventually.SeeAsync("all agree", StatusesAsync, all => all.Select(status => status.Place).Distinct().Count() == 1);
        }

        var lines = (await Replicas[0].HistoryAsync()).Select(Journals.Line.Of).ToList();
        Assert.Equal((string[])["rolled-back", "weight", "weight", "weight", "started", "planned"], lines.Select(line => line.Kind));
        Assert.Equal(lines.Count, lines.Select(line => (line.Generation, line.Revision)).Distinct().Count());
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
