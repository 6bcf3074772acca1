using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>The verbs that move a rollout along its ladder, or back down.</summary>
internal static class MoveVerbs
{
    public static Command Start(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var version = new Option<string>("--version")
        {
            Description = "What runs in the canary arm: image digest, tag or commit.",
            HelpName = "V",
            Required = true,
        };
        return verb.Write("start", "Opens a new generation with a version and climbs the plan's steps.", async call =>
        {
            var rollout = call.Parsed.GetRequiredValue(name);
            return await call.SayAsync(rollout,
                await call.Admin.PostAsync(rollout, "start", call.Source, call.Parsed.GetRequiredValue(version), call.Stop));
        }, symbols: [name, version]);
    }

    public static Command Approve(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var expires = new Option<string?>("--expires")
        {
            Description = "How long the approval holds, like 30m or 4h; else 24h.",
            HelpName = "D",
        };
        return verb.Write("approve", "Lets a step pass that the plan wants a person for; wants a reason.", async call =>
        {
            var rollout = call.Parsed.GetRequiredValue(name);
            return await call.SayAsync(rollout, await call.Admin.ApproveAsync(rollout, call.Source, call.Parsed.GetValue(expires), call.Stop));
        }, reasonRequired: true, name, expires);
    }

    public static IEnumerable<Command> WithoutArguments(ClientVerb verb) =>
    [
        Move(verb, "advance", "Goes up one step now, without waiting for the gate."),
        Move(verb, "pause", "Stops the climb; the rollback stays armed."),
        Move(verb, "resume", "Lets a paused or frozen rollout climb on."),
        Move(verb, "promote", "Closes the generation: the canary's version won."),
        Move(verb, "rollback", "Puts the canary's weight to 0 at once, in every phase."),
        Move(verb, "undo", "Goes back to the version before the promotion, while it still stands."),
        Move(verb, "reject", "Says no where the plan asks for an approval, which rolls back; wants a reason.", reasonRequired: true),
        Move(verb, "retry", "Tries a version again that was rolled back; wants a reason.", reasonRequired: true),
    ];

    private static Command Move(ClientVerb verb, string word, string description, bool reasonRequired = false)
    {
        var name = ClientVerb.Name();
        return verb.Write(word, description, async call =>
        {
            var rollout = call.Parsed.GetRequiredValue(name);
            return await call.SayAsync(rollout, await call.Admin.PostAsync(rollout, word, call.Source, version: null, call.Stop));
        }, reasonRequired, name);
    }
}
