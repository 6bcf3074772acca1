using System.CommandLine;
using Snapback.Proxy.Commands.Rendering;
using Spectre.Console;

namespace Snapback.Proxy.Commands;

/// <summary>One run of a client verb: what was typed, whom to ask, where to write.</summary>
internal sealed class ClientCall(
    ParseResult parsed, ClientHost host, ClientOptions options, AdminClient admin, CancellationToken stop)
{
    public ParseResult Parsed => parsed;

    public ClientHost Host => host;

    public AdminClient Admin => admin;

    public CancellationToken Stop => stop;

    /// <summary>For what scripts read: a console would wrap a long line.</summary>
    public TextWriter Out => parsed.InvocationConfiguration.Output;

    public TextWriter Error => parsed.InvocationConfiguration.Error;

    public CommandSource Source => options.Source(parsed, host);

    public IAnsiConsole OpenConsole() => host.OpenConsole(Out);

    /// <param name="file">What the answer is about, where that is a file.</param>
    public async Task<int> SayAsync(string name, AdminAnswer answer, string? file = null)
    {
        var view = answer.As<RolloutView>();
        await Out.WriteLineAsync(StatusLine.Of(name, view));
        var complaints = (view.NotUnderstood ?? []).Select(problem => file is null ? problem : Placed.In(file, problem));
        var notes = (view.Notes ?? []).Select(note => $"note: {note}");
        foreach (var line in complaints.Select(problem => $"not understood: {problem}").Concat(notes))
        {
            await Error.WriteLineAsync(line);
        }

        return ExitCodes.Done;
    }

    /// <summary>What an operator has to know of the store, where a row of the answer has no place for it.</summary>
    public async Task WarnAsync(IEnumerable<RolloutView> asked)
    {
        if (asked.FirstOrDefault()?.Store is { } store)
        {
            await Error.WriteLineAsync(store);
        }
    }

    public async Task<int> DumpAsync(AdminAnswer answer)
    {
        await Out.WriteLineAsync(answer.ToIndentedJson());
        return ExitCodes.Done;
    }
}
