using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>A token that lets a tester choose an arm.</summary>
internal static class OverrideVerb
{
    public static Command Define(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var arm = new Option<string>("--arm")
        {
            Description = "The arm that its bearer gets.",
            DefaultValueFactory = _ => "canary",
        }.Among("canary", "stable");
        var time = new Option<string>("--for")
        {
            Description = "How long it is good, like 30m or 8h; at most 480h.",
            HelpName = "TIME",
            DefaultValueFactory = _ => "1h",
        };
        var json = new Option<bool>("--json") { Description = "Prints the admin API's JSON." };
        return verb.Write("override", "Makes a token that lets a tester choose an arm, outside of the verdict.", async call =>
        {
            var rollout = call.Parsed.GetRequiredValue(name);
            var answer = await call.Admin.OverrideAsync(
                rollout, call.Parsed.GetRequiredValue(arm), call.Parsed.GetRequiredValue(time), call.Source, call.Stop);
            if (call.Parsed.GetValue(json))
            {
                await call.Out.WriteLineAsync(answer.ToIndentedJson());
                return ExitCodes.Done;
            }

            var made = answer.As<Made>();
            await call.Out.WriteLineAsync($"{made.Header}: {made.Token}");
            await call.Parsed.InvocationConfiguration.Error.WriteLineAsync(
                $"Send this header to get {made.Arm} of '{rollout}' until {made.Expires:u}; a version that is rolled back is out of its reach.");
            return ExitCodes.Done;
        }, symbols: [name, arm, time, json]);
    }

    private sealed record Made(string Header, string Token, string Arm, DateTimeOffset Expires);
}
