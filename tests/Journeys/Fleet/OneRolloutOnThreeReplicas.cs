using System.Globalization;
using System.Text.RegularExpressions;

namespace Snapback.Journeys.Fleet;

/// <summary>A fleet behaves as one proxy: what one sees all judge, and what one decides all do.</summary>
[Collection(nameof(Alone))]
public sealed class OneRolloutOnThreeReplicas : FleetJourney
{
    /// <summary>
    /// Each failure is known to all before the next request, also on a machine that others use; in a rush they would count the
    /// machine's delays.
    /// </summary>
    private static readonly TimeSpan ToBeTold = TimeSpan.FromMilliseconds(25);

    [Fact]
    public async Task A_broken_canary_costs_the_fleet_what_it_would_cost_one_proxy_and_all_roll_back()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        var spreads = new List<double>();
        for (var round = 1; round <= Math.Max(3, Times); round++)
        {
            CanaryArm.Behaviour = Behaviour.Ok;
            var before = CanaryArm.Requests;
            await Replicas[round % 3].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync($"v{round} at 50% everywhere", status => status is { Weight: 50, Phase: "Progressing" } && status.Version == $"v{round}");
            await RoundRobinAsync(60, _ => false);

            CanaryArm.Behaviour = Behaviour.Error;
            var counts = await RoundRobinAsync(40, _ => false, ToBeTold);
            await AllSeeAsync("rolled back everywhere", status => status.IsRolledBack);

            // One proxy needs three at least and five with stable's share asked for.
            Assert.InRange(counts.Failures, 2, 7);
            await AllSeeAsync("one record, with its spread", status => status.Rollback.SpreadMs is not null);
            var records = (await StatusesAsync()).Select(status => status.Rollback).ToList();
            Assert.Single(records.Select(record => record.Replica).Distinct());
            Assert.All(records, record => Assert.Equal(0, record.CanaryAfterDecision));
            Assert.All(records, record => Assert.InRange(record.SpreadMs!.Value, 0, 1200));
            spreads.Add(records[0].SpreadMs!.Value);
            var arrived = CanaryArm.Requests;
            await AllSeeAsync("who met it, counted by all", status => status.Rollback.Exposure == (arrived - before, 3));
            await RoundRobinAsync(30, _ => false);
            Assert.Equal(arrived, CanaryArm.Requests);

            foreach (var replica in Replicas)
            {
                using var refused = await replica.SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version = $"v{round}" });
                Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            }
        }

        Assert.Equal(3, (await Replicas[0].StatusAsync()).Fleet.Replicas);
        Assert.Contains("snapback_replicas{rollout=\"default\"} 3", await Replicas[1].MetricsAsync(), StringComparison.Ordinal);
        Tell("the others at 0", spreads);
        Assert.InRange(spreads.Order().ElementAt(spreads.Count / 2), 0, 250);
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task A_rollback_whose_message_nobody_gets_arrives_with_the_next_beat()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        var spreads = new List<double>();
        for (var round = 1; round <= Times; round++)
        {
            await Replicas[0].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("started", status => status.Version == $"v{round}" && status.Weight == 50);

            // Every subscription is cut, and cut again hundreds of times a second while the rollback is told.
            var cutting = redis.AskAsync("-r", "600", "-i", "0.001", "CLIENT", "KILL", "TYPE", "pubsub");
            await Task.Delay(100, Ended);
            Assert.True((await Replicas[1].PostAsync("rollback", new { reason = "unheard" })).IsRolledBack);
            await AllSeeAsync("rolled back, and how long it took", status => status is { IsRolledBack: true, Rollback.SpreadMs: not null });
            spreads.Add((await Replicas[0].StatusAsync()).Rollback.SpreadMs!.Value);
            await cutting;
        }

        // A beat a second; one of two cores that everybody shares may be late for one.
        Tell("the others at 0 without the message", spreads);
        Assert.InRange(spreads.Order().ElementAt(spreads.Count / 2), 0, 1200);
        Assert.InRange(spreads.Max(), 0, 2200);
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task What_follows_a_rollback_at_once_is_no_part_of_how_long_it_took_to_spread()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status is { Weight: 50, Fleet.Replicas: 3 });
        await Replicas[0].PostAsync("rollback", new { reason = "a wrong switch" });
        await AllSeeAsync("rolled back", status => status.IsRolledBack);

        // Before the next beat of a closed rollout, which is due after 0.8 s.
        await Task.Delay(400, Ended);
        await Replicas[0].PostAsync("retry", new { reason = "the switch is right" });
        await AllSeeAsync("up again", status => status.Weight == 50);
        await Task.Delay(1500, Ended);
        var sum = Regex.Match(await Replicas[0].MetricsAsync(), @"(?m)^snapback_rollback_spread_seconds_sum (\S+)").Groups[1].Value;
        Assert.InRange(double.Parse(sum, CultureInfo.InvariantCulture), 0, 0.4);
    }

    [Fact]
    public async Task A_canary_that_is_slow_beside_stable_is_seen_by_all_together()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%") + "\nmaxLatencyRatioToStable: 1.5\n");
        (StableArm.Takes, CanaryArm.Takes) = (TimeSpan.FromMilliseconds(15), TimeSpan.FromMilliseconds(15));
        for (var round = 1; round <= Times; round++)
        {
            await Replicas[0].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("started", status => status.Version == $"v{round}" && status.Weight == 50);
            var loads = Replicas.Select(replica => Own(Load.Start(replica.Traffic, 40))).ToList();
            await AllSeeAsync("both answered", status => status.Canary.Requests > 30 && status.Stable.Requests > 60);
            Assert.All(await StatusesAsync(), status => Assert.Equal(50, status.Weight));

            // Far above the cut that one stall of a busy machine among stable's first responses may leave.
            CanaryArm.Takes = TimeSpan.FromMilliseconds(600);
            var before = CanaryArm.Requests;
            await AllSeeAsync("rolled back", status => status is { IsRolledBack: true, Rollback.Trigger: "relative-latency" });
            var needed = CanaryArm.Requests - before;
            TestContext.Current.TestOutputHelper?.WriteLine($"{needed} requests of the canary's");
            Assert.InRange(needed, 5, 300);
            CanaryArm.Takes = StableArm.Takes;
            await Task.WhenAll(loads.Select(load => load.StopAsync()));
        }

        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task Who_is_not_heard_any_more_is_named_until_it_is_back()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"));
        static string[] Away(Status status) =>
        [
            .. status.Json.GetProperty("fleet").GetProperty("away").EnumerateArray().Select(replica => replica.GetProperty("name").GetString()!),
        ];
        await AllSeeAsync("all three", status => status.Fleet.Replicas == 3 && Away(status).Length == 0);

        await Replicas[2].KillAsync();
        foreach (var replica in Replicas.Take(2))
        {
            var status = await replica.SeeAsync("it is away", status => status.Fleet.Replicas == 2 && Away(status) is ["r3"]);
            Assert.InRange(status.Json.GetProperty("fleet").GetProperty("away")[0].GetProperty("silentMs").GetInt64(), 3000, 60_000);
        }

        Assert.Matches(@"2 replicas: r1, r2\s+not heard: r3 for \d+ s", (await Replicas[0].CliAsync("status")).Output);

        // Under its name, as another process: the one before stays silent and is nobody's concern.
        Replicas[2] = Launch("r3", redis.Connection, Plans.StandingAt("50%"));
        await Replicas[2].ReadyAsync();
        await AllSeeAsync("it is back", status => status.Fleet.Replicas == 3 && Away(status).Length == 0);

        // Whoever ends in good order is gone at once, and not silent.
        Assert.Equal(0, await Replicas[1].TerminateAsync());
        Replicas.RemoveAt(1);
        await AllSeeAsync("two", status => status.Fleet.Replicas == 2 && Away(status).Length == 0, TimeSpan.FromSeconds(2));
        await Task.Delay(4000, Ended);
        Assert.All(await StatusesAsync(), status => Assert.Empty(Away(status)));
    }

    [Fact]
    public async Task No_request_asks_Redis_anything()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 1);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        var quiet = await redis.CommandsAsync(TimeSpan.FromSeconds(2.5));
        await using var load = Load.Start(Replicas[0].Traffic, 400);
        var busy = await redis.CommandsAsync(TimeSpan.FromSeconds(2.5));
        var counts = await load.StopAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{quiet} commands without requests, {busy} with {counts}");

        // One command per request would be as many more; a beat that carries evidence has a few more than one that does not.
        Assert.True(counts.Total > 400, counts.ToString());
        Assert.InRange(busy - quiet, -quiet, counts.Total / 4);
    }

    [Theory]
    [InlineData("other", "")]
    [InlineData("snapback", ",defaultDatabase=2")]
    public async Task Commands_to_any_replica_hold_on_all_and_two_fleets_in_one_Redis_know_nothing_of_each_other(string prefix, string database)
    {
        var redis = await RedisAsync();
        var config = Folder.Write("other.json", $$"""{ "Snapback": { "Sharing": { "Prefix": "{{prefix}}" } } }""");
        await FleetAsync(redis.Connection, Plans.StandingAt("10%"), replicas: 2);
        await FleetAsync(redis.Connection + database, Plans.StandingAt("10%"), replicas: 1, "--config", config);
        for (var round = 1; round <= Times; round++)
        {
            await Replicas[0].PostAsync("start", new { version = $"v{round}" });
            await Replicas[1].SeeAsync("started on the other replica", status => status.Version == $"v{round}" && status.Weight == 10);
            await Replicas[1].WeightAsync(30);
            await Replicas[0].SeeAsync("the weight set there", status => status.Weight == 30);
            await Replicas[1].PostAsync("rollback", new { reason = "changed my mind" });
            await Replicas[0].SeeAsync("rolled back here", status => status.IsRolledBack);

            Assert.Equal(("Idle", 1), ((await Replicas[2].StatusAsync()).Phase, (await Replicas[2].StatusAsync()).Fleet.Replicas));
        }

        var kinds = (await Replicas[0].HistoryAsync()).Select(entry => entry.GetProperty("kind").GetString()!);
        Assert.Equal([.. Enumerable.Repeat<string[]>(["rolled-back", "weight", "started"], Times).SelectMany(one => one), "planned"], kinds);

        // The stranger's journal holds by itself; of the two others, both.
        await Replicas[2].TerminateAsync();
        Replicas.RemoveAt(2);
        await EveryJournalHoldsAsync();
    }
}
