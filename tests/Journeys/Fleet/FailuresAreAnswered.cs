using System.Diagnostics;
using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>What replicas say to each other, heard on the wire.</summary>
public sealed class FailuresAreAnswered : FleetJourney
{
    [Fact]
    public async Task Whoever_hears_of_a_failure_tells_its_own_counts_once_and_nobody_answers_an_answer()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("at 50%", status => status is { Weight: 50, Version: "v1" });

        // Whoever comes last in the order of the fleet is let in when the first good answers are told.
        await RoundRobinAsync(60, _ => false);
        while ((await StatusesAsync()).Any(status => status.Canary.Requests == 0))
        {
            await RoundRobinAsync(30, _ => false);
        }

        var listener = Own(Child.Start(new ProcessStartInfo("redis-cli", ["-p", $"{redis.Port}", "SUBSCRIBE", "snapback:events"])));
        await Eventually.SeeAsync("listening", () => Task.FromResult(listener.Output), heard => heard.Contains("subscribe", StringComparison.Ordinal));
        CanaryArm.Behaviour = Behaviour.Error;
        using var client = new HttpClient();
        for (var failed = false; !failed;)
        {
            using var response = await client.GetAsync(Replicas[0].Traffic, Ended);
            failed = !response.IsSuccessStatusCode;
        }

        CanaryArm.Behaviour = Behaviour.Ok;
        await Eventually.SeeAsync("told and answered", () => Task.FromResult(Told(listener)), told => told.Count >= 3);

        // Long enough for four beats, and for a loop of answers to show.
        await Task.Delay(TimeSpan.FromSeconds(1), Ended);
        var told = Told(listener).OrderBy(one => one.Replica, StringComparer.Ordinal).ToList();
        Assert.Equal([("r1", 1), ("r2", 0), ("r3", 0)], told.Select(one => (one.Replica, one.Bad)));
        Assert.All(told, one => Assert.True(one.Good > 0, $"{one.Replica} told {one.Good} good responses"));

        // By one clock: else what is told late could not be put in order.
        Assert.InRange(told.Max(one => one.Counted) - told.Min(one => one.Counted), 0, 2_000_000);
        await EveryJournalHoldsAsync();
    }

    private static List<(string Replica, long Bad, long Good, long Counted)> Told(Child listener) =>
    [
        .. from line in listener.Output.Split('\n')
           where line.StartsWith('{') && line.EndsWith('}')
           let message = JsonDocument.Parse(line).RootElement
           where message.GetProperty("kind").GetString() == "evidence"
           let tally = message.GetProperty("tally")
           select (
               message.GetProperty("replica").GetString()!.Split('/')[0],
               tally.GetProperty("canaryBad").GetInt64(),
               tally.GetProperty("canaryGood").GetInt64(),
               message.GetProperty("countedMicros").GetInt64()),
    ];
}
