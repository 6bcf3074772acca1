using System.Text.Json.Nodes;

namespace Snapback.Proxy.Commands.Watching;

/// <summary>Something that happened to a rollout: a line of its history, with the rollout's name.</summary>
/// <param name="Source">The admin side's JSON of it; null for a deletion, which has none.</param>
internal sealed record Happening(string Rollout, HistoryView Line, AdminAnswer? Source)
{
    public const string Status = "status";
    public const string Deleted = "deleted";

    /// <summary>Identifies the line, however often it is read.</summary>
    public string Key => Line.Id ?? $"{Line.At:O} {Line.Kind} {Line.Generation}.{Line.Revision}";

    public (long Generation, long Revision) Place => (Line.Generation, Line.Revision);

    public static Happening Of(string rollout, AdminAnswer line) => new(rollout, line.As<HistoryView>(), line);

    /// <summary>A change known from the status alone, while the history has no line of it.</summary>
    public static Happening Of(RolloutView now, AdminAnswer source) => new(
        now.Name!,
        new HistoryView
        {
            At = now.Since,
            Kind = Status,
            Phase = now.Phase,
            Weight = now.Weight,
            Generation = now.Generation,
            Revision = now.Revision,
            Version = now.Version,
            Reason = now.Reason,
            Sentence = now.RolledBack,
        },
        source);

    /// <param name="at">When the deletion was noticed.</param>
    public static Happening OfDeleted(string rollout, DateTimeOffset at) => new(
        rollout, new HistoryView { At = at, Kind = Deleted, Sentence = "The rollout was deleted, and its history with it." }, null);

    public string ToJson()
    {
        var first = new JsonObject { ["name"] = Rollout, ["at"] = Line.At, ["kind"] = Line.Kind };
        return Source is null ? first.ToJsonString() : Source.ToLine(first);
    }
}
