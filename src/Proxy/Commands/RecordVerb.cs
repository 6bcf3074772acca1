using System.CommandLine;
using Snapback.Control;

namespace Snapback.Proxy.Commands;

/// <summary>Writes a running rollout's outcomes to a file, for <c>simulate --record</c>.</summary>
internal static class RecordVerb
{
    /// <summary>A week: whoever wants more leaves it out.</summary>
    private const int LongestSeconds = 7 * 24 * 60 * 60;

    public static Command Define(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var output = OutputFile.Option("The file to write; standard output without it.", "--output", "-o");
        var seconds = new Option<int?>("--seconds")
        {
            Description = "Stop after so many seconds; without it, at Ctrl-C.",
            HelpName = "N",
            CustomParser = result => WholeNumber.Parse(result, "--seconds", 1, LongestSeconds),
        };
        return verb.Read("record", "Records what both arms answer, one JSON object a line, for 'simulate --record'.", async call =>
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
            if (call.Parsed.GetValue(seconds) is { } limit)
            {
                enough.CancelAfter(TimeSpan.FromSeconds(limit));
            }

            await using var file = call.Parsed.GetValue(output)?.CreateText();
            var lines = await call.Admin.OutcomesAsync(call.Parsed.GetRequiredValue(name), file ?? call.Out, enough.Token);
            await call.Parsed.InvocationConfiguration.Error.WriteLineAsync($"{Counted.Of(lines, "outcome")} recorded.");
            return ExitCodes.Done;
        }, name, output, seconds);
    }
}
