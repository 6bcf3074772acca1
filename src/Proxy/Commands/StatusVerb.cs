using System.CommandLine;
using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Commands.Watching;
using Spectre.Console;

namespace Snapback.Proxy.Commands;

/// <summary>One rollout on one screen, once or as it changes.</summary>
internal static class StatusVerb
{
    public static Command Define(ClientVerb verb)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "The rollout's name; may be left out if there is one rollout only.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var watch = new Option<bool>("--watch", "-w")
        {
            Description = "Follows it until it is promoted or rolled back, or Ctrl-C.",
        };
        var json = LookVerbs.Json();
        var status = verb.Read("status", "Shows a rollout: weight, next gate, both arms, verdict, rollback.", call =>
            RunAsync(call, call.Parsed.GetValue(name), call.Parsed.GetValue(watch), call.Parsed.GetValue(json)),
            name, watch, json);
        status.Validators.Add(result =>
        {
            if (result.GetValue(watch) && result.GetValue(json))
            {
                result.AddError("--watch and --json do not go together; a script waits with 'snapback wait'.");
            }
        });
        return status;
    }

    private static async Task<int> RunAsync(ClientCall call, string? name, bool watch, bool json)
    {
        if (json)
        {
            return await call.DumpAsync(
                await (name is null ? call.Admin.ListAsync(call.Stop) : call.Admin.GetAsync(name, call.Stop)));
        }

        if (name is null)
        {
            var all = (await call.Admin.ListAsync(call.Stop)).As<RolloutView[]>();
            if (all is not [{ Name: { } only }])
            {
                return watch
                    ? throw new UsageException($"There are {all.Length} rollouts; name the one to watch{Names(all)}.")
                    : await LookVerbs.ListAsync(call, all);
            }

            name = only;
        }

        if (watch)
        {
            return await StatusWatch.RunAsync(call, name);
        }

        var view = (await call.Admin.GetAsync(name, call.Stop)).As<RolloutView>();
        var console = call.OpenConsole();
        console.Write(StatusScreen.Of(name, view, Sheet.Of(console)));
        return ExitCodes.Done;
    }

    private static string Names(RolloutView[] all) =>
        all.Length == 0 ? "" : ": " + string.Join(", ", all.Select(each => each.Name));
}
