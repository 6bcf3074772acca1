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
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(call.Stop, call.Host.ReaderGone);
            if (call.Parsed.GetValue(seconds) is { } limit)
            {
                enough.CancelAfter(TimeSpan.FromSeconds(limit));
            }

            var lines = await RecordAsync(call, call.Parsed.GetRequiredValue(name), call.Parsed.GetValue(output), enough.Token);
            await call.Parsed.InvocationConfiguration.Error.WriteLineAsync($"{Counted.Of(lines, "outcome")} recorded.");
            return ExitCodes.Done;
        }, name, output, seconds);
    }

    private static async Task<long> RecordAsync(ClientCall call, string name, FileInfo? output, CancellationToken enough)
    {
        if (output is null)
        {
            return await call.Admin.OutcomesAsync(name, () => call.Out, enough);
        }

        StreamWriter? file = null;
        try
        {
            var lines = await call.Admin.OutcomesAsync(name, () => file = output.CreateText(), enough);
            // Here and not by the disposal alone: the last lines may be those for which the disk has no room.
            await (file?.FlushAsync(CancellationToken.None) ?? Task.CompletedTask);
            return lines;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(e);
        }
        finally
        {
            await CloseAsync(file);
        }
    }

    private static async Task CloseAsync(StreamWriter? file)
    {
        try
        {
            await (file?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (IOException)
        {
            // What could not be written has been told.
        }
    }
}
