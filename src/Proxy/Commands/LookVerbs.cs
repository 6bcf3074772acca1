using System.CommandLine;
using Snapback.Proxy.Commands.Rendering;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands;

/// <summary>One look at all rollouts, or at the past of one.</summary>
internal static class LookVerbs
{
    public static Command List(ClientVerb verb)
    {
        var json = Json();
        return verb.Read("list", "Shows every rollout in one table.", async call =>
        {
            var answer = await call.Admin.ListAsync(call.Stop);
            return call.Parsed.GetValue(json)
                ? await call.DumpAsync(answer)
                : await ListAsync(call, answer.As<RolloutView[]>());
        }, json);
    }

    public static Command History(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var json = Json();
        var exposure = new Option<bool>("--exposure")
        {
            Description = "Who met the versions that were rolled back: requests, users, bytes, from when and for how long.",
        };
        return verb.Read("history", "Shows who did what to a rollout and why, newest first.", async call =>
        {
            var rollout = (await call.Admin.GetAsync(call.Parsed.GetRequiredValue(name), call.Stop)).As<RolloutView>();
            await call.WarnAsync([rollout]);
            var answer = await call.Admin.HistoryAsync(call.Parsed.GetRequiredValue(name), call.Stop);
            return call.Parsed.GetValue(json)
                ? await call.DumpAsync(answer)
                : Show(
                    call,
                    sheet => call.Parsed.GetValue(exposure)
                        ? ExposureTable.Of(answer.As<HistoryView[]>(), sheet)
                        : HistoryTable.Of(answer.As<HistoryView[]>(), sheet, isWhole: rollout.Store is null));
        }, name, json, exposure);
    }

    public static Command Shadow(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var json = Json();
        return verb.Read("shadow", "Shows what became of copies, and where the canary's answers to them differ from stable's.", async call =>
        {
            var answer = await call.Admin.ShadowAsync(call.Parsed.GetRequiredValue(name), call.Stop);
            return call.Parsed.GetValue(json)
                ? await call.DumpAsync(answer)
                : Show(call, _ => ShadowScreen.Of(answer.As<ShadowReportView>()));
        }, name, json);
    }

    public static async Task<int> ListAsync(ClientCall call, RolloutView[] all)
    {
        await call.WarnAsync(all);
        return Show(call, sheet => RolloutList.Of(all, sheet));
    }

    public static Option<bool> Json() => new("--json") { Description = "Prints the admin API's JSON." };

    private static int Show(ClientCall call, Func<Sheet, IRenderable> draw)
    {
        Consoles.WriteRows(call.OpenConsole(), draw);
        return ExitCodes.Done;
    }
}
