using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Demo;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback demo</c>: the whole product in twenty seconds, on this machine, with nothing installed.</summary>
internal static class DemoVerb
{
    private const int BrokenPromise = 1;
    private const int ShortestSeconds = 6;
    private const int LongestSeconds = 600;

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Define()
    {
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long the story takes.",
            HelpName = "N",
            DefaultValueFactory = _ => 15,
            CustomParser = result => WholeNumber.Parse(result, "--seconds", ShortestSeconds, LongestSeconds),
        };
        var headless = new Option<bool>("--headless") { Description = "End by itself; exit 0 only if every promise held." };
        var json = OutputFile.Option("Write the report to this file.", "--json");
        var command = new Command(
            "demo",
            "Two toy versions, a load, a rollout that climbs, a bug in the canary, the rollback.") { seconds, headless, json };
        command.SetAction((parsed, stop) => RunAsync(
            TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(headless), parsed.GetValue(json),
            parsed.InvocationConfiguration.Output, stop));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan length, bool headless, FileInfo? json, TextWriter output, CancellationToken stop)
    {
        // System.CommandLine waits at a signal only for what it was given to wait for, and the start of a proxy may give it nothing for half a second.
        await Task.Yield();
        var screen = new DemoScreen(Consoles.Open(output));
        screen.Title();
        await using var stage = await DemoStage.BuildAsync(DemoPlan.For(DemoRun.HoldOf(length)), DemoRun.PerSecond);
        if (!headless)
        {
            screen.Watch(stage.Host.AdminAddress);
        }

        try
        {
            var report = await new DemoRun(stage, length, screen.Tell).RunAsync(stop);
            screen.Summary(report);
            if (json is not null)
            {
                await OutputFile.WriteAsync(json, Json(report), stop);
            }

            if (!headless)
            {
                screen.StillServing(stage.Host.TrafficAddress, stage.Host.AdminAddress);
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return report.Held ? ExitCodes.Done : BrokenPromise;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static string Json(DemoReport report) => JsonSerializer.Serialize(
        new
        {
            held = report.Held,
            promises = report.Promises.Select(promise => new { promise = promise.Promise, held = promise.Held }),
            requests = report.Requests,
            hurt = report.Hurt,
            late = report.Late,
            climbed = report.Climbed,
            bugToRollbackMs = report.BugToRollbackMs,
            canaryAfterDecision = report.Rollback?.CanaryAfterDecision,
            canaryLogAfterDecision = report.CanaryLogAfterDecision,
            sentAfter = report.SentAfter,
            stableAfter = report.StableAfter,
            decisionMicros = report.Rollback?.DecisionMicros,
            inFlightAtDecision = report.Rollback?.InFlightAtDecision,
            shielded = report.Rollback?.Shielded,
            victims = report.Rollback?.Victims,
            tookMs = report.Rollback?.Took.TotalMilliseconds,
            deadlineMs = report.Rollback?.Deadline.TotalMilliseconds,
            explanation = report.Rollback?.Explanation,
        },
        Readable);
}
