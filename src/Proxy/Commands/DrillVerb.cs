using System.CommandLine;
using Snapback.Proxy.Drills;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback drill NAME</c>: rehearses the rollback on the running proxy.</summary>
internal static class DrillVerb
{
    /// <summary>How long the answer may take: more than the longest drill.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const int Failed = 1;

    /// <param name="verb">Its host must wait for an answer as long as <see cref="Patience"/>.</param>
    public static Command Define(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var fault = new Option<string>("--fault")
        {
            Description = "What the canary of the drill does.",
            DefaultValueFactory = _ => "errors",
        }
            .Among([.. Enum.GetNames<DrillFault>().Select(word => word.ToLowerInvariant())]);
        var json = OutputFile.Option("Write the evidence to this file.", "--json");
        return verb.Write("drill", "Rehearses the rollback with a twin of the plan and a canary that breaks; no user takes part.", async call =>
        {
            var answer = await call.Admin.DrillAsync(call.Parsed.GetRequiredValue(name), call.Parsed.GetRequiredValue(fault), call.Source, call.Stop);
            var report = answer.As<DrillReport>();
            foreach (var (what, held) in report.Findings)
            {
                await call.Out.WriteLineAsync($"  {(held ? "✓" : "✗")} {what}");
            }

            await call.Out.WriteLineAsync(report.Sentence);
            if (call.Parsed.GetValue(json) is { } file)
            {
                await OutputFile.WriteAsync(file, answer.ToIndentedJson() + "\n", call.Stop);
            }

            return report.Passed ? ExitCodes.Done : Failed;
        }, symbols: [name, fault, json]);
    }
}
