using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>One line of a rollout's history: what happened, who did it, and what held afterwards.</summary>
public sealed record HistoryEntry(
    DateTimeOffset At,
    string Kind,
    string By,
    string? Reason,
    RolloutPhase Phase,
    decimal Weight,
    int Step,
    long Generation,
    long Revision,
    string? Version,
    string Sentence)
{
    public static HistoryEntry Of(string kind, RolloutStatus status, DateTimeOffset at, string sentence) => new(
        at, kind, status.By ?? "snapback", status.Reason, status.Phase, status.Weight.Percent, status.Step, status.Generation, status.Revision, status.Version, sentence);
}
