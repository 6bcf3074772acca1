namespace Snapback.Journeys.Fleet;

/// <summary>A replica that is killed at a random point of a rollout, and one of the two things that remember may be gone when it is back.</summary>
public sealed class KilledAnywhereInARollout : FleetJourney
{
    private static readonly string Plan = Plans.StandingAt("10%");
    private static readonly decimal[] Weights = [10, 20, 30, 40];

    /// <summary>Each of the three losses once in a quick run.</summary>
    private static int Rounds => Times == 1 ? 3 : 200;

    private enum Lost
    {
        Nothing,
        ItsDisk,
        Redis,
    }

    [Fact]
    public async Task It_comes_back_with_what_was_said_to_be_done_and_with_nothing_that_nobody_asked_for()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}.");
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plan, replicas: 1);
        for (var round = 1; round <= Rounds; round++)
        {
            var (version, lost) = ($"v{round}", (Lost)(round % 3));
            var life = new Life();
            var living = LiveAsync(version, life, andRollBack: random.Next(2) == 0);
            await Task.Delay(random.Next(200), Ended);
            await Replicas[0].KillAsync();
            await living;

            await LoseAsync(lost, redis);
            Replicas[0] = Launch("r1", redis.Connection, Plan);
            await Replicas[0].ReadyAsync();
            var status = await Replicas[0].SeeAsync("it hears Redis", seen => seen.Fleet is { Heard: true, Withheld: false });
            Assert.True(life.Fits(status, version), $"round {round}, {lost} lost, seed {seed}: {life} and then {status.Version} {status.Place}");

            // Whatever it came back with goes down, and stays down.
            await Replicas[0].PostAsync("rollback", new { reason = "the next round" });
            if (status.Version == version)
            {
                using var refused = await Replicas[0].SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version });
                Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            }
        }
    }

    private async Task LoseAsync(Lost lost, RedisServer redis)
    {
        if (lost == Lost.ItsDisk)
        {
            Directory.Delete(Folder.At("r1"), recursive: true);
        }
        else if (lost == Lost.Redis)
        {
            await redis.KillAsync();
            await redis.StartAgainAsync();
        }
    }

    /// <summary>A start, three raises and perhaps a rollback, until it is killed.</summary>
    private async Task LiveAsync(string version, Life life, bool andRollBack)
    {
        try
        {
            foreach (var weight in Weights)
            {
                life.Asked = weight;
                await (weight == Weights[0] ? Replicas[0].PostAsync("start", new { version }) : Replicas[0].WeightAsync(weight));
                life.Said = weight;
            }

            if (andRollBack)
            {
                life.AskedToRollBack = true;
                await Replicas[0].PostAsync("rollback", new { reason = "it looks bad" });
                life.SaidToBeRolledBack = true;
            }
        }
        catch (HttpRequestException)
        {
            // It was killed.
        }
    }

    private sealed record Life
    {
        public decimal Asked { get; set; }
        public decimal Said { get; set; }
        public bool AskedToRollBack { get; set; }
        public bool SaidToBeRolledBack { get; set; }

        public bool Fits(Status status, string version) => status.Version == version
            ? status.IsRolledBack ? AskedToRollBack && status.Weight == 0 : !SaidToBeRolledBack && status.Weight >= Said && status.Weight <= Asked
            : Said == 0 && status.Weight == 0;
    }
}
