using Snapback.Control;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>The record of a rollback: why, who, how fast, and what it cost.</summary>
internal static class RollbackBlock
{
    public static IRenderable Of(RollbackView rollback)
    {
        var late = rollback.TookMs > rollback.DeadlineMs;
        var replica = rollback.Replica is { } name ? $"on {name}" : null;
        return new Fields()
            .Add("Rolled back", Join("; ", $"{Figures.Time(rollback.At)} UTC", Authority(rollback), replica), Look.Strong)
            .Add("Trigger", Trigger(rollback), Look.Bad)
            .Add("Why", rollback.Explanation)
            .Add("Decision", Decision(rollback), rollback.CanaryAfterDecision > 0 ? Look.Bad : Look.Plain)
            .Add("Victims", Join("; ", rollback.Victims is { } victims ? $"{Figures.Count(victims)} failed for a user" : null,
                rollback.Shielded is { } shielded ? $"{Figures.Count(shielded)} shielded" : null,
                rollback.TakenBack is > 0 and var taken ? $"{Figures.Count(taken)} taken back while they waited" : null,
                rollback.Cut is > 0 and var cut ? $"{Figures.Count(cut)} cut after the drain time" : null))
            .Add("Took", Took(rollback, late), late ? Look.Bad : Look.Good)
            .Block;
    }

    private static string Authority(RollbackView rollback) => rollback switch
    {
        { Authority: null, By: null } => "authority unknown",
        { Authority: { } authority, By: { } by } when !by.Equals(authority, StringComparison.OrdinalIgnoreCase) =>
            $"by {by} ({authority})",
        _ => StatusLine.By((rollback.Authority ?? rollback.By)!),
    };

    private static string? Trigger(RollbackView rollback) => Join(": ", rollback.Trigger, rollback switch
    {
        { Observed: { } observed, Limit: { } limit } => Join("; ",
            $"{Figures.Percent(observed)} observed, {Figures.Percent(limit)} wanted",
            rollback is { Requests: { } requests, Failures: { } failures }
                ? $"{Figures.Count(failures)} bad of {Figures.Count(requests)}"
                : null),
        _ => null,
    });

    private static string? Decision(RollbackView rollback) => Join("; ",
        rollback.DecisionMicros is { } micros ? Figures.Microseconds(micros) : null,
        rollback.CanaryAfterDecision is { } after ? $"{Counted.Of(after, "canary request")} after it" : null,
        rollback.InFlightAtDecision is { } inFlight ? $"{Figures.Count(inFlight)} in flight at it" : null);

    private static string? Took(RollbackView rollback, bool late) => rollback.TookMs is not { } took
        ? null
        : Join("; ",
            rollback.DeadlineMs is { } deadline
                ? $"{Figures.Milliseconds(took)} of {Figures.Duration(TimeSpan.FromMilliseconds(deadline))} allowed, "
                    + (late ? "LATE" : "in time")
                : Figures.Milliseconds(took),
            rollback.SpreadMs is { } spread ? $"all replicas within {Figures.Milliseconds(spread)}" : null);

    private static string? Join(string with, params IEnumerable<string?> parts)
    {
        var said = string.Join(with, parts.Where(part => !string.IsNullOrEmpty(part)));
        return said.Length == 0 ? null : said;
    }
}
