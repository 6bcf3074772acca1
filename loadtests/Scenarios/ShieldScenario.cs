using System.Text.Json;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Peers;
using Spectre.Console;
using Progress = Snapback.LoadTests.Measuring.Progress;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// A canary at 50 % fails in every way that leaves a user without an answer. Of its GET users none may see it, at a fixed rate; and
/// of POST requests, sent as fast as they go while the canary fails again and again, none may reach two services.
/// </summary>
internal static class ShieldScenario
{
    private static readonly Fault[] Faults = [Fault.Error500, Fault.Refused, Fault.Reset, Fault.ZeroBody, Fault.Hang];

    /// <param name="posts">0 for none.</param>
    public static async Task<int> RunAsync(int perSecond, int posts, bool json)
    {
        OutsideProgram.Need("shield", OutsideProgram.Taskset, OutsideProgram.Nginx, OutsideProgram.H2Load);
        var progress = new Progress(1 + Faults.Length + (posts > 0 ? Faults.Length : 0));
        var gets = await ShieldGets.RunAsync(Faults, perSecond, progress.Step);
        var rounds = new List<ShieldPosts.Round>();
        foreach (var fault in posts > 0 ? Faults : [])
        {
            progress.Step($"POST, {fault}");
            rounds.Add(await ShieldPosts.RunAsync(fault, posts / Faults.Length));
        }

        progress.End();
        Print(gets, rounds, perSecond, json);
        return gets.All(round => round is { Hurt: 0, RolledBack: true }) && rounds.All(round => round is { Twice: 0, Lost: 0 }) ? 0 : 1;
    }

    private static void Print(List<ShieldGets.Round> gets, List<ShieldPosts.Round> posts, int perSecond, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { perSecond, gets, posts }));
            return;
        }

        var table = new Table().Title($"GET at {perSecond:N0} a second asked for, canary at 50%").AddColumns(
            "canary", "sent", "a second", "users hurt", "by the canary", "by stable", "unanswered", "shielded", "taken back",
            "rolled back after", "longest wait");
        foreach (var round in gets)
        {
            table.AddRow(
                round.Fault, $"{round.Sent:N0}", $"{round.PerSecond:N0}", $"{round.Hurt:N0}",
                $"{round.ByCanary:N0}", $"{round.ByStable:N0}", $"{round.Unanswered:N0}",
                $"{round.Shielded:N0}", $"{round.TakenBack:N0}",
                round.RolledBack ? $"{round.AfterMs:N0} ms" : "never", $"{round.SlowestMs:N0} ms");
        }

        AnsiConsole.Write(table);
        if (posts.Count == 0)
        {
            return;
        }

        table = new Table().Title("POST as fast as it goes, the canary failing again after every rollback").AddColumns(
            "canary", "sent", "rollbacks", "failed for a user", "shielded", "at both or twice", "lost");
        foreach (var round in posts)
        {
            table.AddRow(
                round.Fault, $"{round.Sent:N0}", $"{round.Rollbacks:N0}", $"{round.Failed:N0}",
                $"{round.Shielded:N0}", $"{round.Twice:N0}", $"{round.Lost:N0}");
        }

        AnsiConsole.Write(table);
    }
}
