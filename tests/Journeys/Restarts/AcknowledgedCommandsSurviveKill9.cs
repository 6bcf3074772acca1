using System.Text.Json;

namespace Snapback.Journeys.Restarts;

/// <summary>An answer is a promise: what was acknowledged is there, whenever the process is killed.</summary>
public sealed class AcknowledgedCommandsSurviveKill9 : RestartJourney
{
    private static readonly int Kills = IsLong ? 30 : 10;

    /// <summary>Different points of the work each run; the seed is told, so that a failure can be had again.</summary>
    private readonly int _seed = Random.Shared.Next();

    private readonly Random _random;
    private int _version;

    public AcknowledgedCommandsSurviveKill9() => _random = new Random(_seed);

    [Fact]
    public async Task Kills_while_commands_are_given_lose_none_that_was_acknowledged()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {_seed}.");
        var proxy = await ServeAsync(Plans.StandingAt("50%"));
        var known = await proxy.StatusAsync();
        var acknowledged = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            var given = await CommandUntilKilledAsync(proxy, known);
            acknowledged += given.Acknowledged.Count;
            proxy = await ServeAsync(Plans.StandingAt("50%"));

            var after = await proxy.StatusAsync();
            var last = given.Acknowledged is [.., var newest] ? newest : known;
            // The command whose answer did not come may hold or not; nothing else may.
            var holds = Key(after) == Key(last) || Is(after, given.Open, last);
            Assert.True(holds, $"Kill {kill}, seed {_seed}: acknowledged {last}; open {given.Open}; after the restart {after}");
            await AssertInHistoryAsync(proxy, given.Acknowledged, kill);
            known = after;
        }

        // One a round is certain; if it were never more, no kill met a command at work.
        Assert.True(acknowledged > Kills, $"Only {acknowledged} commands were acknowledged.");
    }

    private sealed record Command(string Verb, decimal Weight, string? Version);

    private sealed record Given(IReadOnlyList<Status> Acknowledged, Command? Open);

    private async Task<Given> CommandUntilKilledAsync(SnapbackProcess proxy, Status known)
    {
        var acknowledged = new List<Status>();
        var killing = Task.CompletedTask;
        while (true)
        {
            var command = Next(known);
            try
            {
                known = await GiveAsync(proxy, command);
                acknowledged.Add(known);

                // The clock starts with the first answer: a busy machine must not kill before anything was tried.
                killing = acknowledged.Count == 1 ? KillSoonAsync(proxy) : killing;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
            {
                await killing;
                return new Given(acknowledged, command);
            }
        }
    }

    private async Task KillSoonAsync(SnapbackProcess proxy)
    {
        // A point of time and no state, since that is what is tried here.
        await Task.Delay(_random.Next(20, 200));
        await proxy.KillAsync();
    }

    private Command Next(Status known)
    {
        var weight = _random.Next(1, 50);
        return known.Phase switch
        {
            "Idle" or "RolledBack" => new Command("weight", weight, $"v{++_version}"),
            "Paused" => _random.Next(2) == 0 ? new Command("resume", known.Weight, null) : new Command("rollback", 0, null),
            _ => _random.Next(8) switch
            {
                0 => new Command("pause", known.Weight, null),
                1 => new Command("rollback", 0, null),
                _ => new Command("weight", weight, null),
            },
        };
    }

    private static Task<Status> GiveAsync(SnapbackProcess proxy, Command command) =>
        command.Verb == "weight" ? proxy.WeightAsync(command.Weight, command.Version) : proxy.PostAsync(command.Verb, new { reason = "a journey" });

    /// <summary>The whole of what a command can change, so that half a command is no command.</summary>
    private static (long, long, string, decimal) Key(Status status) => (status.Generation, status.Revision, status.Phase, status.Weight);

    private static bool Is(Status after, Command? open, Status before) => open is not null && Key(after) == open.Verb switch
    {
        "weight" when open.Version is not null => (before.Generation + 1, 1, "Progressing", open.Weight),
        "weight" => (before.Generation, before.Revision + 1, before.Phase, open.Weight),
        "pause" => (before.Generation, before.Revision + 1, "Paused", before.Weight),
        "resume" => (before.Generation, before.Revision + 1, "Progressing", before.Weight),
        _ => (before.Generation, before.Revision + 1, "RolledBack", 0m),
    };

    private async Task AssertInHistoryAsync(SnapbackProcess proxy, IReadOnlyList<Status> acknowledged, int kill)
    {
        var there = (await proxy.HistoryAsync()).Select(Key).ToHashSet();
        Assert.All(acknowledged, status => Assert.True(
            there.Contains(Key(status)), $"Kill {kill}, seed {_seed}: acknowledged and not in the history: {status}"));
    }

    private static (long, long, string, decimal) Key(JsonElement line) =>
        (line.GetProperty("generation").GetInt64(),
            line.GetProperty("revision").GetInt64(),
            line.GetProperty("phase").GetString()!,
            line.GetProperty("weight").GetDecimal());
}
