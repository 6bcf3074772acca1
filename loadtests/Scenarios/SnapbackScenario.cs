using System.Text.Json;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Proxy.Demo;
using Spectre.Console;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// Rollbacks under an open-loop load: a canary at 50 % turns bad, or is dead from the start, again and again. Counted at the canary itself: requests with
/// a pick number above the one at the decision. Fails if there is a single one.
/// </summary>
internal static class SnapbackScenario
{
    private const int FailEvery = 1;

    /// <summary>A busy proxy compiles the decision once the compiler has done what traffic asked of it, which it waits for in three stages.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan Healthy = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>In which a shield's second answers are there too, also on a machine that is busy with others.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(int rounds, int perSecond, bool dead, bool json)
    {
        await using var stage = await DemoStage.BuildAsync(DemoPlan.For(TimeSpan.FromMinutes(10)), perSecond);
        await Task.Delay(WarmUp);
        var results = new List<Round>();
        for (var round = 1; round <= rounds; round++)
        {
            results.Add(await RoundAsync(stage, round, dead));
            Console.Error.Write($"\rround {round} of {rounds}");
        }

        Console.Error.WriteLine();
        Print(results, perSecond, dead, json);
        return results.All(round => round is { Leaks: 0, LeaksInLog: 0 }) ? 0 : 1;
    }

    private static async Task<Round> RoundAsync(DemoStage stage, int round, bool dead)
    {
        var seenBefore = stage.Canary.Sequences.Count;
        stage.Canary.Break(dead ? FailEvery : 0);
        var command = new RolloutCommand.SetWeight(new Weight(5000), $"v{round}", "loadtest");
        if (await stage.Host.Plane.Commands.HandleAsync(DemoPlan.Name, command) is not CommandResult.Done)
        {
            throw new InvalidOperationException("The rollout refused its weight.");
        }

        if (!dead)
        {
            await Task.Delay(Healthy);
            stage.Canary.Break(FailEvery);
        }

        using var deadline = new CancellationTokenSource(Patience);
        while (stage.Live.Status.Phase != RolloutPhase.RolledBack)
        {
            await Task.Delay(1, deadline.Token);
        }

        await Task.Delay(Settle);
        var record = stage.Live.Snapshot(TimeSpan.Zero).Status.Rollback!;
        return new Round(
            record.CanaryAfterDecision,
            stage.Canary.Sequences.Skip(seenBefore).Count(sequence => sequence > record.SequenceAtDecision),
            record.InFlightAtDecision,
            record.Victims + record.Shielded,
            record.Victims,
            record.DecisionMicros);
    }

    private static void Print(List<Round> rounds, int perSecond, bool dead, bool json)
    {
        var figures = new (string Name, Func<Round, double> Of)[]
        {
            ("canary picks after the decision", round => round.Leaks),
            ("… in the canary's own log", round => round.LeaksInLog),
            ("in flight at the decision", round => round.InFlight),
            ("failures of the canary", round => round.Failures),
            ("users who saw one", round => round.Victims),
            ("decision, µs", round => round.DecisionMicros),
        };
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { perSecond, dead, rounds }));
            return;
        }

        var when = dead ? "dead from the start" : "turned bad";
        var table = new Table()
            .Title($"{rounds.Count} rollbacks at {perSecond:N0} requests a second, canary at 50%, {when}")
            .AddColumns("", "median", "p95", "p99", "max");
        foreach (var (name, of) in figures)
        {
            var sorted = rounds.Select(of).Order().ToList();
            table.AddRow(name, $"{At(sorted, 0.5):0.#}", $"{At(sorted, 0.95):0.#}", $"{At(sorted, 0.99):0.#}", $"{sorted[^1]:0.#}");
        }

        AnsiConsole.Write(table);
    }

    /// <summary>By nearest rank.</summary>
    private static double At(List<double> sorted, double quantile) => sorted[Math.Max(0, (int)Math.Ceiling(quantile * sorted.Count) - 1)];

    private sealed record Round(uint Leaks, int LeaksInLog, int InFlight, long Failures, long Victims, double DecisionMicros);
}
