using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>The verbs that talk to a running proxy, in the order in which a rollout meets them.</summary>
internal static class ClientVerbs
{
    public static IEnumerable<Command> All(ClientHost? host = null)
    {
        host ??= new ClientHost();
        var verb = new ClientVerb(host, new ClientOptions());
        return
        [
            LookVerbs.List(verb),
            StatusVerb.Define(verb),
            LookVerbs.History(verb),
            EventsVerb.Define(verb),
            LookVerbs.Shadow(verb),
            ApplyVerb.Define(verb),
            MoveVerbs.Start(verb),
            MoveVerbs.Approve(verb),
            .. MoveVerbs.WithoutArguments(verb),
            WeightVerb.Define(verb),
            WaitVerb.Define(verb),
            RecordVerb.Define(verb),
            OverrideVerb.Define(verb),
            DrillVerb.Define(new ClientVerb(host with { AnswerWithin = DrillVerb.Patience }, new ClientOptions())),
        ];
    }
}
