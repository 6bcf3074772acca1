using System.Globalization;
using Snapback.Control;
using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>The replicas on one line, and who is behind.</summary>
internal static class FleetBlock
{
    public static Fields AddFleet(this Fields fields, RolloutView view) => view.Fleet is not { } fleet ? fields : fields
        .Add("Fleet", Replicas(view, fleet.Replicas ?? []))
        .Add("", Sums(fleet.Counted))
        .Add("", Away(fleet.Away ?? []), Look.Canary)
        .Add("", Trouble(fleet), Look.Canary);

    private static string Replicas(RolloutView view, IReadOnlyList<ReplicaView> replicas) => replicas.Count == 0
        ? "no replica is known"
        : $"{Counted.Of(replicas.Count, "replica")}: {string.Join(", ", replicas.Select(replica => One(view, replica, replicas)))}";

    private static string One(RolloutView view, ReplicaView replica, IReadOnlyList<ReplicaView> all)
    {
        // During an upgrade: shows which replicas have the old version.
        var version = all.Any(other => other.Version != replica.Version) ? $" ({replica.Version})" : "";
        var behind = (replica.Generation, replica.Revision) == (view.Generation, view.Revision) ? "" : $" at {replica.Generation}.{replica.Revision}";
        return $"{replica.Name}{version}{behind}";
    }

    /// <summary>Replicas that are not heard. They may have ended, or may still serve: that cannot be told from here.</summary>
    private static string? Away(IReadOnlyList<ReplicaView> away) => away.Count == 0
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"not heard: {string.Join(", ", away.Select(replica => $"{replica.Name} for {replica.SilentMs / 1000:0} s"))}");

    /// <summary>The counts of all replicas together; the arms' table shows this replica's only.</summary>
    private static string? Sums(CountedView? counted) => counted is { Stable: { } stable, Canary: { } canary } && canary.Good + canary.Bad > 0
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"all together: canary {canary.Bad:N0} bad of {canary.Good + canary.Bad:N0}, stable {stable.Bad:N0} of {stable.Good + stable.Bad:N0}")
        : null;

    /// <summary>Why this replica stands apart from the others; null if it does not.</summary>
    public static string? Trouble(FleetView fleet) => fleet switch
    {
        { Newer: true } => "What the fleet has was written by a newer Snapback: the canary gets nothing here until this replica is upgraded.",
        { Foreign: true } => "This replica's directory has another rollout of this name than the fleet: the canary gets nothing here until it is " +
            "started with an empty --data.",
        { Withheld: true } => "The fleet does not answer: the canary gets nothing here until it does.",
        { Heard: false } => $"Nothing heard for {fleet.SilentMs / 1000:0.0} s: this replica judges by itself, and nothing goes up.",
        _ => null,
    };
}
