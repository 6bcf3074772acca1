using System.Globalization;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Notifying;

/// <summary>What a person is told: what happened, why, who did it, and what to do now.</summary>
internal sealed record Notice(RolloutNews News, Severity Severity, string Title, string What, string Why, string Who, string Now)
{
    public static Notice Of(RolloutNews news)
    {
        var status = news.Status;
        var record = news.Kind is "rolled-back" or "exonerated" ? status.Rollback : null;
        return new Notice(
            news,
            SeverityOf(news.Kind),
            $"{news.Plan.Name}: {news.Kind.Replace('-', ' ')}",
            $"Version {status.Version ?? "(unnamed)"} of {news.Plan.Name} is {status.Phase} at {status.Weight}.",
            news.Sentence,
            record is null ? status.By ?? "snapback" : $"{record.By} ({record.Authority.ToString().ToLowerInvariant()}) on {record.Replica}",
            NowOf(news));
    }

    public static Severity SeverityOf(string kind) => kind switch
    {
        "rolled-back" or "frozen" or "breached" or "check-down" or "deadline-missed" => Severity.Error,
        "exonerated" or "waiting" or "check-broken" or "burning" => Severity.Warn,
        _ => Severity.Info,
    };

    private static string NowOf(RolloutNews news)
    {
        var name = news.Plan.Name;
        var owner = news.Plan.Owner is { } team ? $" Owner: {team}." : "";
        return news.Kind switch
        {
            "rolled-back" when news.Status.Rollback is { BlamesVersion: false } => $"All traffic is on stable. The version may start again: snapback start {name} --version {news.Status.Version}.{owner}",
            "rolled-back" => string.Create(
                CultureInfo.InvariantCulture,
                $"All traffic is on stable; {news.Status.Rollback?.Victims ?? 0} users got a failed answer. Start a new version, or this one again: snapback retry {name} --reason \"…\".{owner}"),
            "frozen" or "breached" => $"The weight stays. Decide: snapback rollback {name}, or snapback resume {name} --reason \"…\".{owner}",
            "promoted" => $"Nothing to do. snapback rollback {name} still takes it back.",
            "exonerated" => $"Look at what both arms have in common. The version may start again: snapback start {name} --version {news.Status.Version}.{owner}",
            "waiting" => $"It waits for an answer: snapback status {name}.{owner}",
            "check-down" => $"Repair the provider; until it answers the step holds and nothing is rolled back by it. snapback status {name}.{owner}",
            "check-broken" or "burning" => $"Nothing was rolled back, as the plan only tells of this. Take it back by hand: snapback rollback {name} --reason \"…\".{owner}",
            _ => $"Nothing to do. snapback status {name}.",
        };
    }
}
