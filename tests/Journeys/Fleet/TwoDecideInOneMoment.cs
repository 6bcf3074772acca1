namespace Snapback.Journeys.Fleet;

/// <summary>
/// Two replicas roll back one generation, each by itself, and the record that loses reaches Redis first as often as not: the fleet's
/// history has the rollback once, and takes neither for the other's exoneration.
/// </summary>
public sealed class TwoDecideInOneMoment : FleetJourney
{
    private const string Document = "snapback:{default}:document";
    private const string Outbox = "snapback:{default}:outbox";

    [Fact]
    public async Task A_rollback_that_two_replicas_made_is_one_line_of_history_and_exonerates_nobody()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        var rounds = 4 * Times;
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
        var kinds = (await Replicas[0].HistoryAsync())
            .CountBy(line => line.GetProperty("kind").GetString()!)
            .ToDictionary();
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
        var filter = await BesideAFilterAsync(redis);
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
        var filter = await BesideAFilterAsync(redis);
        foreach (var lower in (Func<Task>[])[() => Replicas[0].WeightAsync(10), () => Replicas[0].PostAsync("rollback", new { reason = "at 80% elsewhere" })])
        {
            await AllSeeAsync("all hear", status => status is { Weight: > 0, Fleet: { Heard: true, Replicas: 2 } });
            filter.Await("EVALSHA", Mishap.Silence);
            await Eventually.SeeAsync("it hears nothing", () => Task.FromResult(filter.Happened), happened => happened);
            await Replicas[1].WeightAsync(80);
            var lowering = lower();
            await Replicas[0].SeeAsync("lowered here", status => status.Weight < 50);
            filter.EndSilence();
            await lowering;
            await AllSeeAsync("lowered", status => status is { Weight: < 50, Fleet.Heard: true });
            await Eventually.SeeAsync("all agree", StatusesAsync, all => all.Select(status => status.Place).Distinct().Count() == 1);
        }

        // It changes nothing, so that its line has the revision of the one before it, which is the other's.
        await Replicas[1].PostAsync("drill", new { fault = "errors" });
        var lines = (await Replicas[0].HistoryAsync()).Select(Journals.Line.Of).ToList();
        Assert.Equal((string[])["drilled", "rolled-back", "weight", "weight", "weight", "started", "planned"], lines.Select(line => line.Kind));
        Assert.Equal(lines.Count - 1, lines.Select(line => (line.Generation, line.Revision)).Distinct().Count());

        // Each journal brings back its own part, also where the one that came behind is first.
        Replicas[1].Process.Freeze();
        await redis.AskAsync("FLUSHALL");
        await Eventually.SeeAsync("the first part is back", () => Replicas[0].HistoryAsync(), all => all.Count > 0);
        Replicas[1].Process.Thaw();
        await Eventually.SeeAsync("all is back", () => Replicas[0].HistoryAsync(), all => all.Count >= lines.Count);
        Assert.Equal(lines, (await Replicas[0].HistoryAsync()).Select(Journals.Line.Of));
    }

    [Fact]
    public async Task Who_lowers_beside_two_raises_that_it_has_not_heard_of_is_told_that_it_does_not_hold()
    {
        var redis = await RedisAsync();
        var filter = await BesideAFilterAsync(redis);
        await AllSeeAsync("all hear", status => status is { Weight: 50, Fleet: { Heard: true, Replicas: 2 } });
        await SilenceAsync();
        await Replicas[1].WeightAsync(60);
        await Replicas[1].WeightAsync(80);
        Assert.Equal(HttpStatusCode.PreconditionFailed, await LowerAsync(10, holds: 80));
        await AllSeeAsync("80% everywhere", status => status is { Weight: 80, Fleet.Heard: true });

        // Given again it has been heard of everything.
        Assert.Equal(10, (await Replicas[0].WeightAsync(10)).Weight);
        await AllSeeAsync("lowered", status => status.Weight == 10);
        // Below them there may be a line of what was outdone, out of its replica's journal.
        Assert.Equal([10m, 80, 60], (await Replicas[1].HistoryAsync()).Take(3).Select(line => line.GetProperty("weight").GetDecimal()));

        // Of two that lower it, each without the other, the lower weight holds.
        await SilenceAsync();
        await Replicas[1].WeightAsync(4);
        Assert.Equal(HttpStatusCode.PreconditionFailed, await LowerAsync(8, holds: 4));
        await AllSeeAsync("lowered further", status => status is { Weight: 4, Fleet.Heard: true });
        Assert.Equal([4m, 10], (await Replicas[1].HistoryAsync()).Take(2).Select(line => line.GetProperty("weight").GetDecimal()));

        async Task SilenceAsync()
        {
            filter.Await("EVALSHA", Mishap.Silence);
            await Eventually.SeeAsync("it hears nothing", () => Task.FromResult(filter.Happened), happened => happened);
        }

        async Task<HttpStatusCode> LowerAsync(int weight, int holds)
        {
            var lowering = Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight });
            await Replicas[0].SeeAsync("lowered here", status => status.Weight == weight);
            filter.EndSilence();
            using var answer = await lowering;
            Assert.Contains($"\"weight\":{holds},", await answer.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Of_two_that_lower_it_the_one_that_was_written_first_is_told_so()
    {
        var redis = await RedisAsync();
        var other = Own(new RedisFilter(redis.Port));
        var filter = await BesideAFilterAsync(redis, other.Connection);
        await AllSeeAsync("all hear", status => status is { Weight: 50, Fleet: { Heard: true, Replicas: 2 } });
        other.Await("EVALSHA", Mishap.Silence);
        await Eventually.SeeAsync("it hears nothing", () => Task.FromResult(other.Happened), happened => happened);
        filter.Await("\"by\":\"ann\"", Mishap.AnswerLate);
        var lowering = Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 10, by = "ann" });
        await Eventually.SeeAsync("it goes out", () => Task.FromResult(filter.Happened), happened => happened);
        // Its answer takes three times as long.
        await Task.Delay(30, Ended);
        var further = Replicas[1].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 5 });
        using var answer = await lowering;
        other.EndSilence();
        using var others = await further;
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, others.StatusCode));
        await AllSeeAsync("the lower weight holds", status => status is { Weight: 5, Fleet.Heard: true });
        Assert.Equal([5m, 10], (await Replicas[1].HistoryAsync()).Take(2).Select(line => line.GetProperty("weight").GetDecimal()));
    }

    [Fact]
    public async Task A_replica_that_knows_of_no_other_asks_who_counts_when_Redis_is_back()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 1);
        await StartAsync("v1");
        var created = (await Replicas[0].StatusAsync()).Json.GetProperty("created").GetDateTimeOffset().ToUnixTimeMilliseconds();
        await redis.AskAsync("HSET", Outbox, $"counts:default/{created}/1/rolled-back", "9999999999999|r2");
        redis.Process.Freeze();
        _ = await Replicas[0].PostAsync("rollback", new { reason = "seen by both" });
        await Task.Delay(2000, Ended);
        redis.Process.Thaw();
        await Replicas[0].SeeAsync("Redis is told", status => status is { Phase: "RolledBack", Fleet.Heard: true });
        await Task.Delay(2500, Ended);
        Assert.Equal(0, await CountedAsync());
    }

    [Fact]
    public async Task A_replica_that_starts_again_hears_of_the_rollback_before_it_judges_what_led_to_it()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await StartAsync("v1");
        await AllSeeAsync("started", status => status.Weight == 50 && status.Fleet is { Heard: true, Replicas: 2 });
        await Replicas[0].KillAsync();
        CanaryArm.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(Replicas[1].Traffic, 500, _ => Replicas[1].Process.Output.Contains("rolled back: version", StringComparison.Ordinal));
        Replicas[0] = Launch("r1", redis.Connection, Plans.StandingAt("50%"));
        await Replicas[0].ReadyAsync();
        await AllSeeAsync("rolled back", status => status.IsRolledBack && status.Fleet is { Heard: true, Replicas: 2 });
        Assert.DoesNotContain("rolled back: version", Replicas[0].Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_counted_after_a_rollback_is_told_again_where_Redis_has_lost_it()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await StartAsync("v1");
        await AllSeeAsync("started", status => status.Weight == 50 && status.Fleet is { Heard: true, Replicas: 2 });
        _ = await Replicas[0].PostAsync("rollback", new { reason = "nothing was failed" });
        await AllSeeAsync("rolled back", status => status is { IsRolledBack: true, Rollback.SpreadMs: not null });
        await Task.Delay(2500, Ended);

        // As an older Redis has them, or a replica that was away when they were told.
        var told = await redis.AskAsync("HGET", Document, "status");
        await redis.AskAsync("HSET", Document, "status", told.Replace("\"victims\":0", "\"victims\":7", StringComparison.Ordinal), "writes", "98");
        await Eventually.SeeAsync("they stand there again", () => redis.AskAsync("HGET", Document, "status"), status => status == told);
        await AllSeeAsync("all have them", status => status.Rollback.Victims == 0);
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

    /// <summary>Two replicas with a generation at 50%; between the first one and Redis stands what may lose or hold back messages.</summary>
    /// <param name="others">Where the second one finds Redis, if that is elsewhere.</param>
    private async Task<RedisFilter> BesideAFilterAsync(RedisServer redis, string? others = null)
    {
        var filter = Own(new RedisFilter(redis.Port));
        Replicas.Add(Launch("r1", filter.Connection, Plans.StandingAt("50%")));
        Replicas.Add(Launch("r2", others ?? redis.Connection, Plans.StandingAt("50%")));
        await WatchAsync();
        await StartAsync("v1");
        return filter;
    }
}
