using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Notifying;

/// <summary>What a person does next, with the command to type: one line for every kind that leaves something to decide.</summary>
internal static class WhatNow
{
    public static string Of(RolloutNews news)
    {
        var (name, status) = (news.Plan.Name, news.Status);
        var owner = news.Plan.Owner is { } team ? $" Owner: {team}." : "";
        return news.Kind switch
        {
            "rolled-back" => RolledBack(name, status) + owner,
            "exonerated" => $"Look at what both arms have in common. {Again(name, status)}{owner}",
            "deadline-missed" => $"The canary is at 0% on this replica. See whether every other has heard: snapback status {name}.{owner}",
            "promoted" when status.Weight == Weight.Zero =>
                "Nothing to do: stable runs the new version. " +
                $"To go back, deploy the one before as the canary and start it: snapback start {name} --version VERSION.",
            "promoted" =>
                $"Nothing to do. Back with one verb while the old version stands: snapback undo {name}." +
                (news.Plan.NextClusterAfter(status) is { } cluster ? $" The next version belongs in cluster '{cluster}'." : ""),
            "frozen" when status.Shared =>
                "Both arms fail: look at what they have in common. The weight stays; " +
                $"then snapback resume {name} --reason \"…\", or snapback rollback {name}.{owner}",
            "frozen" => $"The weight stays. Decide: snapback rollback {name}, or snapback resume {name} --reason \"…\".{owner}",
            "breached" =>
                $"The weight stays, and nothing goes up while it lasts. Take it back by hand: snapback rollback {name} --reason \"…\".{owner}",
            "check-broken" or "burning" =>
                $"Nothing is rolled back for this by itself. Take it back by hand: snapback rollback {name} --reason \"…\".{owner}",
            "hook-down" =>
                "Repair the receiver, or say where it is (Snapback:Hooks:Hosts) and that it may be reached (Snapback:Hooks:Allow); " +
                $"until it answers the step holds. snapback status {name}.{owner}",
            "check-down" =>
                "Repair the provider, or what the check asks of it and apply the plan; " +
                $"until there is an answer the step holds and nothing is rolled back by it. snapback status {name}.{owner}",
            "waiting" when status.Step > 0 && status.Step <= news.Plan.Steps.Length && news.Plan.Steps[status.Step - 1].Approval is { } terms =>
                $"{terms.Whose} decides: snapback approve {name} --reason \"…\", or snapback reject {name} --reason \"…\".{owner}",
            "waiting" => $"It waits for an answer: snapback status {name}.{owner}",
            "paused" => $"It stays until somebody says so: snapback resume {name}.",
            "weight" when status.Phase.IsOpen() => $"The steps wait for a word: snapback advance {name}.",
            "drill-failed" => $"Do not count on the rollback until this is mended; then rehearse again: snapback drill {name}.{owner}",
            "withdrawn" => $"The group waits for it: snapback status {name}.{owner}",
            _ => $"Nothing to do. snapback status {name}.",
        };
    }

    private static string RolledBack(string name, RolloutStatus status) => status.Rollback switch
    {
        { BlamesVersion: false } => $"All traffic is on stable. {Again(name, status)}",
        // No number: it is told while stable still answers for what the canary failed, and other requests are in flight.
        { Authority: Authority.Judge or Authority.Hook } =>
            $"All traffic is on stable; snapback status {name} says how many users saw a failure. {Next(name)}",
        { Authority: Authority.Group } => $"All traffic is on stable, with the whole group. {Next(name)}",
        { Trigger: "undo" } => $"All traffic is on the version before the promotion. {Next(name)}",
        _ => $"All traffic is on stable. {Next(name)}",
    };

    private static string Next(string name) => $"Start a new version, or this one again: snapback retry {name} --reason \"…\".";

    private static string Again(string name, RolloutStatus status) =>
        $"The version may start again: snapback start {name} --version {status.Version ?? "VERSION"}.";
}
