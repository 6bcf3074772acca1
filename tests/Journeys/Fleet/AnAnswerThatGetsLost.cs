using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>
/// A command went out and no answer came. Whoever gave it is told what became of it, and is not told that nothing moved when it did.
/// </summary>
public sealed class AnAnswerThatGetsLost : FleetJourney
{
    private const string Names = "snapback:rollouts";

    private RedisFilter _filter = null!;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Done_is_said_to_be_done_and_what_never_happens_is_said_to_have_moved_nothing(bool proved)
    {
        var redis = await BehindAFilterAsync(proved);
        for (var round = 1; round <= Times; round++)
        {
            foreach (var (what, wanted) in new[] { (Mishap.AnswerLost, 200), (Mishap.CommandLost, 503), (Mishap.CommandLate, 503) })
            {
                var before = await Replicas[1].StatusAsync();
                var weight = before.Weight + 1;
                var (code, said) = await RaiseAsync(weight, $"{what} {round}", what, proved);
                Assert.True(code == wanted, $"{what}: {code} {said}");
                Assert.Equal(code == 503, said.Contains("Nothing moved.", StringComparison.Ordinal));

                // Longer than any deadline: what was told is what stays.
                await Task.Delay(800, Ended);
                await AllSeeAsync($"the fleet is heard after {what}", status => status.Fleet.Heard);
                Assert.All(await StatusesAsync(), status => Assert.Equal(code == 200 ? weight : before.Weight, status.Weight));
                IsLoggedOnce(code == 200, $"Weight set to {weight}% by hand. Reason: {what} {round}", weight);
            }
        }

        Assert.Equal(Times, (await Replicas[0].HistoryAsync()).Count(line => line.GetProperty("kind").GetString() == "weight"));
        await EveryJournalHoldsAsync(proof: proved ? 1 : 0);
        Assert.False(redis.Process.HasExited);
    }

    [Fact]
    public async Task What_nobody_can_be_asked_about_is_said_to_be_unknown_and_shows_when_Redis_is_heard()
    {
        await BehindAFilterAsync(proved: false);
        for (var round = 1; round <= Times; round++)
        {
            var (code, said) = await RaiseAsync(20 + round, $"silence {round}", Mishap.Silence, proved: false);
            Assert.True(code == 504, $"{code} {said}");
            Assert.Contains("Whether it was done is not known", said, StringComparison.Ordinal);
            Assert.DoesNotContain("Nothing moved", said, StringComparison.Ordinal);

            // Down needs no answer.
            _filter.EndSilence();
            await AllSeeAsync("it was done, and all hold it", status => status.Weight == 20 + round && status.Fleet.Heard);

            // Nobody was told that it was done, so it is logged where it was heard.
            var lines = await LinesAsync(Replicas[0], $"Weight set to {20 + round}%");
            Assert.Contains("heard from the fleet", Assert.Single(lines), StringComparison.Ordinal);
        }

        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task One_that_the_fleets_own_message_overtakes_is_logged_once_by_whoever_gave_the_command()
    {
        await BehindAFilterAsync(proved: false);
        var (code, said) = await RaiseAsync(30, "overtaken", Mishap.AnswerLate, proved: false);
        Assert.True(code == 200, said);
        await AllSeeAsync("all hold it", status => status.Weight == 30);
        Assert.Contains("Reason: overtaken", Assert.Single(await LinesAsync(Replicas[0], "30%")), StringComparison.Ordinal);
        Assert.Contains("heard from the fleet", Assert.Single(await LinesAsync(Replicas[1], "30%")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_whose_answer_is_lost_is_one_and_one_that_comes_late_is_none()
    {
        await BehindAFilterAsync(proved: false);
        await Replicas[1].PostAsync("rollback", new { reason = "to be deleted" });
        await AllSeeAsync("rolled back", status => status.IsRolledBack);

        _filter.Await("\"kind\":\"deleted\"", Mishap.CommandLate);
        using (var late = await Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default"))
        {
            Assert.True(late.StatusCode == HttpStatusCode.ServiceUnavailable, await late.Content.ReadAsStringAsync(Ended));
        }

        await Task.Delay(800, Ended);
        Assert.True(_filter.Happened);
        Assert.All(await StatusesAsync(), status => Assert.True(status.IsRolledBack));

        _filter.Await("\"kind\":\"deleted\"", Mishap.AnswerLost);
        using var lost = await Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default");
        Assert.True(lost.IsSuccessStatusCode, await lost.Content.ReadAsStringAsync(Ended));
        await Eventually.SeeAsync(
            "gone everywhere",
            async () => await Task.WhenAll(Replicas.Select(async replica => (await replica.SendAsync(HttpMethod.Get, "api/rollouts/default")).StatusCode)),
            codes => codes.All(code => code == HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task The_list_of_rollouts_comes_to_name_those_there_are_whatever_was_lost()
    {
        var redis = await BehindAFilterAsync(proved: false);
        var plan = (await Replicas[0].StatusAsync()).Json.GetProperty("plan");
        for (var round = 1; round <= Times; round++)
        {
            await redis.AskAsync("DEL", Names);
            await Eventually.SeeAsync("it is named again", () => redis.AskAsync("SMEMBERS", Names), names => names == "default");

            await Replicas[1].PostAsync("rollback", new { reason = "to be deleted" });
            await AllSeeAsync("rolled back", status => status.IsRolledBack && status.Fleet.Heard);
            _filter.Await("SREM", Mishap.CommandLost);
            using var deleted = await Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default");
            Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync(Ended));
            Assert.True(_filter.Happened);
            await Eventually.SeeAsync("nobody is named", () => redis.AskAsync("EXISTS", Names), exists => exists == "0");

            if (round < Times)
            {
                using var anew = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default", plan);
                Assert.True(anew.IsSuccessStatusCode, await anew.Content.ReadAsStringAsync(Ended));
                await Replicas[0].PostAsync("start", new { version = $"v{round}" });
                await AllSeeAsync("started anew", status => status.Weight == 20);
            }
        }
    }

    /// <summary>By whoever gave the command, also where the fleet said it first.</summary>
    private void IsLoggedOnce(bool isDone, string sentence, decimal weight)
    {
        var lines = LinesOf(Replicas[0], $"Weight set to {weight}%");
        Assert.True(lines.Count == (isDone ? 1 : 0) && lines.TrueForAll(line => line.Contains(sentence, StringComparison.Ordinal)), string.Join('\n', lines));
    }

    private static Task<List<string>> LinesAsync(SnapbackProcess replica, string words) =>
        Eventually.SeeAsync("it is logged", () => Task.FromResult(LinesOf(replica, words)), lines => lines.Count > 0);

    private static List<string> LinesOf(SnapbackProcess replica, string words) =>
        [.. replica.Process.Output.Split('\n').Where(line => line.Contains(words, StringComparison.Ordinal))];

    /// <summary>Two replicas; only the first one's words to Redis can meet a mishap.</summary>
    private async Task<RedisServer> BehindAFilterAsync(bool proved)
    {
        var redis = await RedisAsync();
        _filter = Own(new RedisFilter(redis.Port));
        if (proved)
        {
            await RedisAsync("--replicaof", "127.0.0.1", redis.Port.ToString());
            await redis.SeeAsync("it follows", ["INFO", "replication"], "state=online");
        }

        Replicas.Add(Launch("r1", _filter.Connection, Plans.StandingAt("20%")));
        Replicas.Add(Launch("r2", redis.Connection, Plans.StandingAt("20%")));
        await WatchAsync();
        await AllSeeAsync("both", status => status.Fleet.Replicas == 2);
        await Replicas[1].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 20);
        return redis;
    }

    /// <param name="proved">Then the proposal counts for nothing, and the word that makes it count is the one that meets the mishap.</param>
    private async Task<(int Code, string Said)> RaiseAsync(decimal weight, string reason, Mishap what, bool proved)
    {
        _filter.Await($"\"reason\":\"{reason}\"", what, after: proved ? 1 : 0);
        using var answer = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight, reason });
        var said = await answer.Content.ReadAsStringAsync(Ended);
        Assert.True(_filter.Happened, said);
        return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? "" : JsonDocument.Parse(said).RootElement.GetProperty("detail").GetString()!);
    }
}
