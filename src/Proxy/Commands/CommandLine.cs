using System.CommandLine;
using System.Diagnostics;
using Snapback.Control;

namespace Snapback.Proxy.Commands;

/// <summary>One invocation of the command line, with 64 for whatever it cannot understand.</summary>
internal static class CommandLine
{
    public static async Task<int> InvokeAsync(
        RootCommand root,
        IReadOnlyList<string> args,
        InvocationConfiguration? configuration = null,
        CancellationToken stop = default)
    {
        // By default System.CommandLine ends the process 2 s after a signal, in the middle of a drain.
        configuration ??= new InvocationConfiguration
        {
            Output = StandardOutput.Take(),
            Error = StandardError.Take(),
            ProcessTerminationTimeout = Timeout.InfiniteTimeSpan,
        };
        configuration.EnableDefaultExceptionHandler = false;
        var parsed = root.Parse(args);
        if (!Mistakes.Any(parsed))
        {
            return await GuardedAsync(parsed, configuration, stop);
        }

        // A page of help would push the one sentence that matters off the screen.
        foreach (var mistake in Mistakes.Of(parsed))
        {
            await configuration.Error.WriteLineAsync(mistake);
        }

        await configuration.Error.WriteLineAsync($"See '{Mistakes.Command(parsed)} --help'.");
        return ExitCodes.Usage;
    }

    /// <summary>Reports an exception that no verb expects as a defect, in one sentence with the place of it, for a bug report.</summary>
    private static async Task<int> GuardedAsync(ParseResult parsed, InvocationConfiguration configuration, CancellationToken stop)
    {
        try
        {
            return await parsed.InvokeAsync(configuration, stop);
        }
        catch (UsageException e)
        {
            await configuration.Error.WriteLineAsync(e.Message);
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException e) when (e.CancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (OutputException e)
        {
            await configuration.Error.WriteLineAsync(
                $"The output cannot be written: {e.Message.TrimEnd('.')}. What was asked of a running proxy may be done: look at the status before you repeat it.");
            return ExitCodes.Output;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var place = new StackTrace(e)
                .GetFrames()
                .Select(frame => frame.GetMethod()?.DeclaringType?.FullName)
                .FirstOrDefault(type => type?.StartsWith("Snapback.", StringComparison.Ordinal) == true);
            await configuration.Error.WriteLineAsync(
                $"snapback {Product.Version} met something it should have known and ended: " +
                $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} ({place}). " +
                "This is a defect of Snapback; please report it with this line.");
            return ExitCodes.Defect;
        }
    }
}
