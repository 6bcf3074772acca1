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
    /// <summary>Lines of one rollout that a store keeps unless told otherwise: years of weekly releases.</summary>
    public const int Kept = 1000;

    /// <summary>Its <see cref="NewsId"/>; null in lines of versions that had none.</summary>
    public string? Id { get; init; }

    /// <summary>Who had met the version when it was rolled back; null for any other line.</summary>
    public Exposure? Exposure { get; init; }

    /// <summary>How many Redis servers besides the master had it when it counted; only in the journal of the replica that gave the command,
    /// and null where no proof was asked for.</summary>
    public int? ProvenOn { get; init; }

    /// <summary>False for a line of a deleted rollout of the same name.</summary>
    public bool IsOf(RolloutStatus status) => Id is null ? At >= status.Created : NewsId.IsOf(status, Id);

    public static HistoryEntry Of(string kind, RolloutStatus status, DateTimeOffset at, string sentence) => new(
        at, kind, status.By ?? "snapback", status.Reason, status.Phase, status.Weight.Percent, status.Step, status.Generation,
        status.Revision, status.Version, sentence)
    {
        Id = NewsId.Of(status, kind, at),
        Exposure = kind == "rolled-back" ? status.Rollback?.Exposure : null,
    };
}
