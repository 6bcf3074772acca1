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
    /// <summary>Who had met the version when it was rolled back; null for any other line.</summary>
    public Exposure? Exposure { get; init; }

    public static HistoryEntry Of(string kind, RolloutStatus status, DateTimeOffset at, string sentence) => new(
        at, kind, status.By ?? "snapback", status.Reason, status.Phase, status.Weight.Percent, status.Step, status.Generation, status.Revision, status.Version, sentence)
    {
        Exposure = kind == "rolled-back" ? status.Rollback?.Exposure : null,
    };
}
