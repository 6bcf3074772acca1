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

    /// <summary>The plain writer, for what scripts read: a console would wrap long lines.</summary>
    public TextWriter Out => parsed.InvocationConfiguration.Output;

    public TextWriter Error => parsed.InvocationConfiguration.Error;

    public CommandSource Source => options.Source(parsed, host);

    public IAnsiConsole OpenConsole() => host.OpenConsole(Out);

    /// <summary>Runs what follows a rollout: Ctrl-C, or a reader of the output that has gone, is how it ends and not how it fails.</summary>
    public async Task<int> FollowAsync(Func<ClientCall, Task> follow)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, host.ReaderGone);
        try
        {
            await follow(new ClientCall(parsed, host, options, admin, end.Token));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Everything that happened until then has been told.
        }

        return ExitCodes.Done;
    }

    /// <summary>Writes what became of the plan, if the answer is about one, the rollout's new status in one line, and what was not understood.</summary>
    /// <param name="file">The plan's file, if the answer is about one.</param>
    public async Task<int> SayAsync(string name, AdminAnswer answer, string? file = null)
    {
        var view = answer.As<RolloutView>();
        if (view.What is { } what)
        {
            await Out.WriteLineAsync($"{name}: {what}");
        }

        await Out.WriteLineAsync(StatusLine.Of(name, view));
        var complaints = (view.NotUnderstood ?? []).Select(problem => file is null ? problem : Placed.In(file, problem));
        var notes = (view.Notes ?? []).Select(note => $"note: {note}");
        foreach (var line in complaints.Select(problem => $"not understood: {problem}").Concat(notes))
        {
            await Error.WriteLineAsync(line);
        }

        return ExitCodes.Done;
    }

    /// <summary>Writes what is wrong with the store to the error stream; lists have no column for it.</summary>
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
