using System.CommandLine;
using System.CommandLine.Invocation;

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
        // By itself it cuts a command short 2 s after a signal, in the middle of a drain.
        configuration ??= new InvocationConfiguration { ProcessTerminationTimeout = Timeout.InfiniteTimeSpan };
        var parsed = root.Parse(args);
        // Asking for --help clears the errors and has another action; only what was really misunderstood exits 64.
        if (parsed.Action is not ParseErrorAction mistake)
        {
            return await parsed.InvokeAsync(configuration, stop);
        }

        // A page of help would push the one sentence that matters off the screen.
        mistake.ShowHelp = false;
        await parsed.InvokeAsync(configuration, stop);
        await configuration.Error.WriteLineAsync($"See '{Path(parsed, root)} --help'.");
        return ExitCodes.Usage;
    }

    private static string Path(ParseResult parsed, RootCommand root)
    {
        var command = parsed.CommandResult.Command;
        return command == root ? "snapback" : $"snapback {command.Name}";
    }
}
