using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Snapback.Journeys.Fleet;

/// <summary>A network that parts for real: a replica on the one side, Redis and the others on the other, and clients on both.</summary>
[Collection(nameof(Alone))]
public sealed class OneReplicaIsCutOff : FleetJourney
{
    private const int Lone = 2;

    private readonly List<double> _healed = [];
    private CutCables _cables = null!;

    private enum Decided
    {
        ByTheLoneOne,
        AmongTheOthers,
        OnBothSides,

        /// <summary>By the lone one's judge, on what it alone sees.</summary>
        ByItsJudge,
    }

    [Fact]
    public async Task It_only_goes_down_and_all_agree_once_it_is_back()
    {
        await PartableAsync();

        // Twenty rounds are every way to cut with every side that decides; the first two of them always.
        for (var round = 0; round < Math.Max(2, Times); round++)
        {
            await RoundAsync($"v{round}", (Cut)(round % Enum.GetValues<Cut>().Length), (Decided)(round % Enum.GetValues<Decided>().Length));
        }

        Tell("the first repair to all agreeing", _healed);
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task Its_rollback_leaves_a_plan_that_was_given_meanwhile()
    {
        await PartableAsync();
        for (var round = 1; round <= Times; round++)
        {
            var (lone, version) = (Replicas[Lone], $"v{round}");
            await Replicas[0].PostAsync("start", new { version });
            await Replicas[0].PostAsync("promote", new { reason = "it is fine" });
            await AllSeeAsync($"{version} promoted", status => status.Version == version && status.Phase == "Promoted");

            await _cables.CutAsync(Lone, Cut.Silent);
            await lone.SeeAsync("it knows that it hears nobody", status => !status.Fleet.Heard);
            var plan = JsonNode.Parse((await Replicas[0].StatusAsync()).Json.GetProperty("plan").GetRawText())!;
            plan["rollback"]!["deadline"] = $"{round + 5}m";
            using (var planned = await Replicas[0].SendAsync(HttpMethod.Put, "api/rollouts/default", plan))
            {
                Assert.True(planned.IsSuccessStatusCode, await planned.Content.ReadAsStringAsync(Ended));
            }

            Assert.True((await lone.PostAsync("undo", new { reason = "it was not" })).IsRolledBack);
            await _cables.HealAsync(Lone);
            await AllSeeAsync("rolled back", status => status.IsRolledBack && status.IsRefused(version) && status.Fleet.Heard, Slow);
            await AllSeeAsync("the plan", status => (string?)JsonNode.Parse(status.Json.GetRawText())!["plan"]!["rollback"]!["deadline"] == $"{round + 5}m");
        }

        await EveryJournalHoldsAsync();
    }

    [Fact]
    public async Task A_rollback_of_both_sides_is_counted_once_although_the_record_that_wins_comes_seconds_later()
    {
        await PartableAsync();
        var (lone, other) = (Replicas[Lone], Replicas[0]);
        await other.PostAsync("start", new { version = "v1" });
        await AllSeeAsync("v1 started", status => status.Weight > 0 && status.Fleet.Heard);
        await _cables.CutAsync(Lone, Cut.Silent);
        Assert.True((await lone.PostAsync("rollback", new { reason = "first" })).IsRolledBack);
        Assert.True((await other.PostAsync("rollback", new { reason = "second" })).IsRolledBack);
        await Eventually.SeeAsync("it is counted", CountedAsync, counted => counted == 1);
        await _cables.HealAsync(Lone);
        await AllSeeAsync("the first record", status => status.Rollback.Explanation.Contains("first", StringComparison.Ordinal) && status.Fleet.Heard, Slow);

        // It would count it too, two seconds after Redis was told.
        await Task.Delay(3500, Ended);
        Assert.Equal(1, await CountedAsync());
    }

    private async Task PartableAsync()
    {
        if (await NetworkNamespace.ProblemAsync() is { } problem)
        {
            Assert.Skip(problem);
        }

        _cables = Own(await CutCables.LayAsync(3));
        (StableArm, CanaryArm) = (Own(new Upstream("stable", _cables.Us)), Own(new Upstream("canary", _cables.Us)));
        var redis = Own(await RedisServer.StartAsync(_cables.Redis));
        for (var i = 0; i < 3; i++)
        {
            var arguments = Arguments($"r{i + 1}", $"{_cables.RedisOf(i)}:{redis.Port}", Plans.StandingAt("50%"));
            const string token = "a token, as nothing here is loopback";
            Replicas.Add(Own(SnapbackProcess.Start(Folder, arguments, token, inside: (_cables.Replica(i), _cables.Of(i)))));
        }

        await WatchAsync();
    }

    private async Task RoundAsync(string version, Cut how, Decided decided)
    {
        var (lone, other) = (Replicas[Lone], Replicas[0]);
        CanaryArm.Behaviour = Behaviour.Ok;
        await other.PostAsync("start", new { version });
        await AllSeeAsync($"{version} started", status => status.Version == version && status.Weight == 50);
        await RoundRobinAsync(30, _ => false);

        await _cables.CutAsync(Lone, how);
        await lone.SeeAsync("it knows that it hears nobody", status => !status.Fleet.Heard);
        var parted = how is Cut.Silent or Cut.Refused or Cut.Unplugged;
        if (parted)
        {
            await other.WeightAsync(60);
            await Replicas[1].SeeAsync("the others go on", status => status.Weight == 60);
            using var refused = await lone.SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 80 });
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal(50, (await lone.StatusAsync()).Weight);
        }

        await DecideAsync(decided);
        var deciders = decided switch { Decided.AmongTheOthers => [0, 1], Decided.OnBothSides => (int[])[0, 1, Lone], _ => [Lone] };
        foreach (var i in deciders)
        {
            await Replicas[i].SeeAsync("down on the side that decided", status => status.IsRolledBack);
        }

        if (parted)
        {
            foreach (var i in Enumerable.Range(0, 3).Except(deciders))
            {
                Assert.Equal(i == Lone ? 50 : 60, (await Replicas[i].StatusAsync()).Weight);
            }
        }

        var healing = Stopwatch.GetTimestamp();
        await _cables.HealAsync(Lone);
        await AllSeeAsync(
            "one record everywhere",
            status => status.IsRolledBack && status.IsRefused(version) && status.Fleet is { Heard: true, Replicas: 3 },
            Slow);
        _healed.Add(Stopwatch.GetElapsedTime(healing).TotalMilliseconds);
        foreach (var replica in Replicas)
        {
            using var refused = await replica.SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version });
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }

        Assert.Empty(Witness.Broken());
    }

    private async Task DecideAsync(Decided decided)
    {
        if (decided == Decided.ByItsJudge)
        {
            // A failure that nearly decides keeps the canary's requests back for a moment, in which a hundred go to stable.
            CanaryArm.Behaviour = Behaviour.Error;
            for (var turn = 0; turn < 100 && !(await Replicas[Lone].StatusAsync()).IsRolledBack; turn++)
            {
                await Load.SequentialAsync(Replicas[Lone].Traffic, 20, _ => false);
            }

            return;
        }

        if (decided is Decided.ByTheLoneOne or Decided.OnBothSides)
        {
            Assert.True((await Replicas[Lone].PostAsync("rollback", new { reason = "cut off, and it looks bad from here" })).IsRolledBack);
        }

        if (decided is Decided.AmongTheOthers or Decided.OnBothSides)
        {
            Assert.True((await Replicas[0].PostAsync("rollback", new { reason = "it looks bad from here" })).IsRolledBack);
        }
    }

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20);
}
