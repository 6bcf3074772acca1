using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Notifying;

/// <summary>What a person is told: what happened, why, who did it, and what to do now.</summary>
internal sealed record Notice(RolloutNews News, Severity Severity, string Title, string What, string Why, string Who, string Now)
{
    public static Notice Of(RolloutNews news)
    {
        var status = news.Status;
        var record = news.Kind is "rolled-back" or "exonerated" or "deadline-missed" ? status.Rollback : null;
        return new Notice(
            news,
            SeverityOf(news.Kind),
            $"{news.Plan.Name}: {TitleOf(news)}",
            $"{(status.Version is { } version ? $"Version {version} of " : "")}{news.Plan.Name} is {status.Phase} at {status.Weight}.",
            news.Told,
            record is null ? (news.IsHistory ? status.By : null) ?? "snapback" : $"{Decider(record)} on {record.Replica}",
            WhatNow.Of(news));
    }

    public static Severity SeverityOf(string kind) => kind switch
    {
        "rolled-back" or "frozen" or "breached" or "check-down" or "hook-down" or "deadline-missed" or "drill-failed" => Severity.Error,
        "exonerated" or "waiting" or "check-broken" or "burning" => Severity.Warn,
        _ => Severity.Info,
    };

    private static string Decider(Rollback record)
    {
        var authority = record.Authority.ToString().ToLowerInvariant();
        return record.By == authority ? authority : $"{record.By} ({authority})";
    }

    /// <summary>The history knows rollbacks only; a person reads which verb it was.</summary>
    private static string TitleOf(RolloutNews news) => (news.Kind, news.Status) switch
    {
        ("rolled-back", { Rollback.Trigger: "undo" }) => "undone",
        ("rolled-back", { Rollback.Trigger: "approval" }) => "rejected",
        ("promoted", { Weight.BasisPoints: 0 }) => "promoted and handed back",
        ("drilled", _) => "rehearsed",
        _ => news.Kind.Replace('-', ' '),
    };
}
