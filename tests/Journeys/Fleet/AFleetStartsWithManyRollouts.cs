using System.Diagnostics;

namespace Snapback.Journeys.Fleet;

/// <summary>Three replicas that start at the same moment, on an empty Redis, each with all plans: every rollout is planned once and known to all.</summary>
[Collection(nameof(Alone))]
public sealed class AFleetStartsWithManyRollouts : FleetJourney
{
    private static int Rollouts => Times == 1 ? 50 : 1000;

    [Fact]
    public async Task A_first_start_plans_each_once_and_ends_with_all_replicas_on_all_rollouts()
    {
        var redis = await RedisAsync();
        var configuration = Folder.Write("many.json", ManyRollouts(Rollouts));
        foreach (var what in new[] { "the first start", "the next" })
        {
            var began = Stopwatch.GetTimestamp();
            Replicas.Clear();
            Replicas.AddRange(Enumerable.Range(1, 3).Select(i => Own(SnapbackProcess.Start(
                Folder, ["--config", configuration, .. AsReplica($"r{i}", redis.Connection)]))));
            await Task.WhenAll(Replicas.Select(replica => Eventually.SeeAsync(
                "ready", replica.IsReadyAsync, ready => ready, TimeSpan.FromMinutes(2))));
            Tell($"{what} with {Rollouts} rollouts: all ready", [Stopwatch.GetElapsedTime(began).TotalMilliseconds]);
            await Task.WhenAll(Replicas.Select(replica => Eventually.SeeAsync(
                "all know all", () => KnownAsync(replica), known => known == Rollouts, TimeSpan.FromMinutes(1))));
            Tell($"{what}: each hears three on all", [Stopwatch.GetElapsedTime(began).TotalMilliseconds]);
            foreach (var rollout in new[] { "rollout-0", $"rollout-{Rollouts - 1}" })
            {
                Assert.Equal("planned", Assert.Single(await Replicas[1].HistoryAsync(rollout)).GetProperty("kind").GetString());
            }

            await Task.WhenAll(Replicas.Select(replica => replica.TerminateAsync()));
        }
    }

    [Fact]
    public async Task Started_while_Redis_is_away_each_has_the_plan_and_the_history_says_once_that_it_was_created()
    {
        var redis = Own(RedisServer.NotYet());
        foreach (var name in (string[])["r1", "r2"])
        {
            Replicas.Add(Launch(name, redis.Connection, Plans.StandingAt("50%")));
            await Replicas[^1].ReadyAsync();
        }

        // The one whose plan is the later of the two comes to what the other has written.
        Replicas[1].Process.Freeze();
        await redis.StartAgainAsync();
        await Eventually.SeeAsync("one has told it", () => redis.AskAsync("HGET", "snapback:{default}:document", "status"), text => text.Length > 0);
        var first = Since(await Replicas[0].StatusAsync());
        Replicas[1].Process.Thaw();
        await AllSeeAsync(
            "the later one, on both", status => status.Fleet is { Heard: true, Withheld: false } && Since(status) != first);

        var line = Assert.Single(await Replicas[0].HistoryAsync());
        Assert.Equal(("planned", "startup"), (line.GetProperty("kind").GetString(), line.GetProperty("by").GetString()));
        Assert.Equal("The plan was created.", line.GetProperty("sentence").GetString());
    }

    private static string Since(Status status) => status.Json.GetProperty("since").GetString()!;

    private static async Task<int> KnownAsync(SnapbackProcess replica) => (await replica.MetricsAsync())
        .Split('\n')
        .Count(line => line.StartsWith("snapback_replicas{", StringComparison.Ordinal) && line.EndsWith(" 3", StringComparison.Ordinal));
}
