using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// What replicas tell each other at once. Each carries enough to act on without asking back, and each may be lost: the next beat
/// says it again.
/// </summary>
/// <param name="Kind">document, evidence or deleted; what is not known is not heard.</param>
internal sealed record FleetMessage(string Kind, string Rollout)
{
    public const string Document = "document";
    public const string Evidence = "evidence";
    public const string Deleted = "deleted";

    /// <summary>The canonical JSON of a plan, and the status that holds.</summary>
    public string? Plan { get; init; }

    public RolloutStatus? Status { get; init; }

    /// <summary>Who says so: one process of one replica. Null from a version that names itself with its counts only.</summary>
    public string? Replica { get; init; }

    public long Generation { get; init; }

    /// <summary>The counts are of copies, in a trial of its own.</summary>
    public bool IsShadow { get; init; }

    public Tally? Tally { get; init; }

    /// <summary>When they were counted, in µs of Redis' clock; null from a replica that does not say so, or has not heard that clock yet.</summary>
    public long? CountedMicros { get; init; }

    public static string OfDocument(string replica, string plan, RolloutStatus status) =>
        StoreJson.Write(new FleetMessage(Document, status.Name) { Replica = replica, Plan = plan, Status = status });

    public static string OfDeleted(string rollout) => StoreJson.Write(new FleetMessage(Deleted, rollout));

    public static string OfEvidence(string replica, LiveRollout live, Generation generation, Tally tally, long? countedMicros) =>
        StoreJson.Write(new FleetMessage(Evidence, live.Name)
        {
            Replica = replica,
            Generation = generation.Number,
            IsShadow = generation.IsShadow,
            Tally = tally,
            CountedMicros = countedMicros,
        });

    public static FleetMessage? TryRead(string text) => StoreJson.TryRead<FleetMessage>(text);
}
