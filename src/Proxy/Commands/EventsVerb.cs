using System.CommandLine;
using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Commands.Watching;

namespace Snapback.Proxy.Commands;

/// <summary>What happened to all rollouts, or to one, as a log: oldest first, and on with <c>--follow</c>.</summary>
internal static class EventsVerb
{
    private const int Recent = 20;

    /// <summary>As many lines as the admin API gives of a history.</summary>
    private const int Most = 500;

    public static Command Define(ClientVerb verb)
    {
        var name = new Argument<string?>("NAME") { Description = "One rollout; without it, all of them.", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Goes on with what happens, one line each, until Ctrl-C; outlives restarts of the admin side.",
        };
        var last = new Option<int>("--last", "-n")
        {
            Description = $"How many of the newest are shown first, 0 to {Most}.",
            HelpName = "N",
            DefaultValueFactory = _ => Recent,
            CustomParser = result => WholeNumber.Parse(result, "--last", 0, Most),
        };
        var json = new Option<bool>("--json") { Description = "Prints one JSON object a line." };
        return verb.Read("events", "Shows what happened to the rollouts, newest last, and follows it.", async call =>
        {
            if (call.Parsed.GetValue(follow))
            {
                return await call.FollowAsync(async following => await (await ShowAsync(following)).RunAsync());
            }

            await ShowAsync(call);
            return ExitCodes.Done;
        }, name, follow, last, json);

        async Task<EventFollower> ShowAsync(ClientCall call)
        {
            var only = call.Parsed.GetValue(name);
            IReadOnlyList<RolloutView> rollouts = only is null
                ? (await call.Admin.ListAsync(call.Stop)).As<RolloutView[]>()
                : [(await call.Admin.GetAsync(only, call.Stop)).As<RolloutView>()];
            await call.WarnAsync(rollouts);
            var book = new EventBook(call);
            var recent = await book.RecentAsync(rollouts, call.Parsed.GetValue(last));
            var log = new EventLog(call, call.Parsed.GetValue(json), recent, rollouts);
            foreach (var happening in recent)
            {
                log.Write(happening);
            }

            return new EventFollower(call, book, only, rollouts, log.Write);
        }
    }
}
