namespace Snapback.Journeys.Fleet;

/// <summary>Failed requests until every replica is at 0%, beside those of one process that has all of the traffic.</summary>
[Collection(nameof(Alone))]
public sealed class AFleetFailsNoMoreUsersThanOne : FleetJourney
{
    /// <summary>Each failure is known to all before the next, also on a machine that others use.</summary>
    private static readonly TimeSpan ToBeTold = TimeSpan.FromMilliseconds(50);

    /// <summary>Two standard errors of a mean of eight rounds.</summary>
    private const double Noise = 0.5;

    /// <summary>As many fit into a minute and a half.</summary>
    private const int Rounds = 8;

    private int _versions;

    [Fact]
    public async Task Failures_of_three_replicas_add_up()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.AllAtOnce);
        var needed = new List<int>();
        for (var round = 0; round < 3; round++)
        {
            CanaryArm.Behaviour = Behaviour.Ok;
            await Replicas[round].PostAsync("start", new { version = $"v{round}" });
            await AllSeeAsync("at 100%", status => status.Weight == 100 && status.Version == $"v{round}");
            await RoundRobinAsync(600, _ => false);

            // Two beats: all know that it has grown quiet, and nobody expects as many good ones of the others any more.
            await Task.Delay(600, Ended);
            CanaryArm.Behaviour = Behaviour.Error;
            needed.Add((await RoundRobinAsync(12, _ => false, ToBeTold)).Failures);
            await AllSeeAsync("rolled back", status => status.IsRolledBack);
        }

        // One proxy needs three. If each counted its own alone, the first to have three would be the one that gets the seventh.
        TestContext.Current.TestOutputHelper?.WriteLine($"failures: {string.Join(", ", needed)}");
        Assert.InRange(needed.Order().ElementAt(1), 2, 5);
        await EveryJournalHoldsAsync();
    }

    [Fact]
    public Task Three_replicas_need_at_most_a_quarter_more_failures_than_one() => NeedAtMostAQuarterMoreAsync(3, 0);

    [Fact]
    public Task Six_replicas_need_at_most_a_quarter_more_failures_than_one() => NeedAtMostAQuarterMoreAsync(6, 0);

    [Fact]
    public Task Three_replicas_need_at_most_a_quarter_more_of_answers_that_take_30_ms() => NeedAtMostAQuarterMoreAsync(3, 30);

    [Fact]
    public Task Six_replicas_need_at_most_a_quarter_more_of_answers_that_take_30_ms() => NeedAtMostAQuarterMoreAsync(6, 30);

    private async Task NeedAtMostAQuarterMoreAsync(int replicas, int answersTakeMs)
    {
        Assert.SkipUnless(Times > 1, "Minutes of load: behind SNAPBACK_ALL=1.");
        (StableArm.Takes, CanaryArm.Takes) = (TimeSpan.FromMilliseconds(answersTakeMs), TimeSpan.FromMilliseconds(answersTakeMs));
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas);
        var one = await SidecarAsync(StableArm.Uri, CanaryArm.Uri, Plans.StandingAt("50%"));
        (int PerSecond, int Good)[] cells = [(100, 0), (400, 0), (100, 100), (400, 100)];
        var failed = cells.ToDictionary(cell => cell, _ => (One: new List<int>(), Fleet: new List<int>()));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var cell in cells)
            {
                failed[cell].One.Add(await FailedAsync([one], cell.PerSecond, cell.Good));
                failed[cell].Fleet.Add(await FailedAsync(Replicas, cell.PerSecond, cell.Good));
            }
        }

        foreach (var ((perSecond, good), (alone, fleet)) in failed)
        {
            var requests = $"{perSecond} requests a second, answered in {answersTakeMs} ms, half of them the canary's";
            var times = fleet.Average() / alone.Average();
            TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
                $"{requests}, dead after {good} good ones: one {Spread(alone)}, {replicas} replicas {Spread(fleet)}, {times:F2} times in the mean"));
        }

        // The highest of each is left out: while the machine holds a message up for 100 ms, twenty more requests fail, and that
        // says nothing about the replicas.
        Assert.All(failed, cell => Assert.InRange(
            UsualOf(cell.Value.Fleet), 2, 1.25 * UsualOf(cell.Value.One) + Noise));
        await EveryJournalHoldsAsync();
    }

    /// <summary>A version that dies after so many good responses, until nobody sends it anything.</summary>
    private async Task<int> FailedAsync(List<SnapbackProcess> proxies, int perSecond, int good)
    {
        var version = $"v{++_versions}";
        CanaryArm.Behaviour = good == 0 ? Behaviour.Error : Behaviour.Ok;
        await using var load = Load.Start([.. proxies.Select(proxy => proxy.Traffic)], perSecond);
        await Task.Delay(200, Ended);
        var before = CanaryArm.Requests;

        // Refused if it is over before the answer.
        using var started = await proxies[0].SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version });
        Assert.Contains(started.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.Conflict]);
        while (CanaryArm.Requests - before < good)
        {
            await Task.Delay(1, Ended);
        }

        CanaryArm.Behaviour = Behaviour.Error;
        await Task.WhenAll(proxies.Select(proxy => proxy.SeeAsync("rolled back", status => status.IsRolledBack && status.Version == version)));
        await Task.Delay(100, Ended);
        return (await load.StopAsync()).Failures;
    }

    private static double UsualOf(List<int> counts) => counts.Order().SkipLast(1).Average();

    private static double Median(List<int> counts) => (At(counts, 0.5, Math.Floor) + At(counts, 0.5, Math.Ceiling)) / 2.0;

    private static int At(List<int> counts, double share, Func<double, double> round) => counts.Order().ElementAt((int)round(share * (counts.Count - 1)));

    private static string Spread(List<int> counts)
    {
        var (first, third) = (At(counts, 0.25, Math.Floor), At(counts, 0.75, Math.Ceiling));
        return FormattableString.Invariant(
            $"mean {counts.Average():F2}, median {Median(counts)}, quartiles {first} to {third}, most {counts.Max()}");
    }
}
