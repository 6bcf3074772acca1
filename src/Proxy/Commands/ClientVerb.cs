using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>What all client verbs have in common: one connection, and one exit code for each way to fail.</summary>
internal sealed class ClientVerb(ClientHost host, ClientOptions options)
{
    public Command Read(string name, string description, Func<ClientCall, Task<int>> run, params IEnumerable<Symbol> symbols)
    {
        var verb = Define(name, description, run, symbols);
        options.AddTo(verb);
        return verb;
    }

    public Command Write(
        string name,
        string description,
        Func<ClientCall, Task<int>> run,
        bool reasonRequired = false,
        params IEnumerable<Symbol> symbols)
    {
        var verb = Define(name, description, run, symbols);
        options.AddToWrite(verb, reasonRequired);
        return verb;
    }

    public static Argument<string> Name() => new("NAME") { Description = "The rollout's name." };

    private Command Define(string name, string description, Func<ClientCall, Task<int>> run, IEnumerable<Symbol> symbols)
    {
        var verb = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                verb.Add(argument);
            }
            else
            {
                verb.Add((Option)symbol);
            }
        }

        verb.SetAction((parsed, stop) => RunAsync(parsed, run, stop));
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<ClientCall, Task<int>> run, CancellationToken stop)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            using var admin = options.Connect(parsed, host);
            return await run(new ClientCall(parsed, host, options, admin, stop));
        }
        catch (AdminRefusedException refused)
        {
            foreach (var sentence in refused.Sentences)
            {
                await error.WriteLineAsync(sentence);
            }

            return ExitCodes.Refused;
        }
        catch (AdminUnreachableException unreachable)
        {
            await error.WriteLineAsync(unreachable.Message);
            return ExitCodes.Unreachable;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }
}
