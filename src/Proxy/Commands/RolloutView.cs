using System.Text.Json.Serialization;

namespace Snapback.Proxy.Commands;

/// <summary>
/// A rollout as the admin API shows it. A part may be missing, since the proxy may be of another version; but not those by which
/// it is known from the JSON of a service, which answers a rollback on the traffic's port with 200.
/// </summary>
internal sealed record RolloutView
{
    [JsonRequired]
    public string? Name { get; init; }

    /// <summary>Text, so that a phase this client has never heard of is still shown.</summary>
    [JsonRequired]
    public string Phase { get; init; } = "";

    /// <summary>Per cent.</summary>
    public decimal Weight { get; init; }

    /// <summary>1-based; 0 before the first, and when the weight was set by hand.</summary>
    public int Step { get; init; }

    public int Steps { get; init; }

    public long Generation { get; init; }

    public long Revision { get; init; }

    public string? Version { get; init; }

    public string? StableVersion { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>Another one is another rollout, of the same name.</summary>
    public DateTimeOffset? Created { get; init; }

    public string? NextGate { get; init; }

    public ArmsView? Arms { get; init; }

    public VerdictView? Verdict { get; init; }

    public FailureDetailsView? FailureDetails { get; init; }

    /// <summary>Null if the plan shadows nothing.</summary>
    public ShadowView? Shadow { get; init; }

    public RollbackView? Rollback { get; init; }

    /// <summary>The rollback's sentence, where the whole record is too much.</summary>
    public string? RolledBack { get; init; }

    /// <summary>Null for a proxy that runs alone.</summary>
    public FleetView? Fleet { get; init; }

    public IReadOnlyList<FlagView>? Flags { get; init; }

    public SwitchesView? Switches { get; init; }

    public string? Reason { get; init; }

    /// <summary>Two sentences, while the store is not as it should be.</summary>
    public string? Store { get; init; }

    /// <summary>A sentence, if the plan that the replica was started with is not the one that holds.</summary>
    public string? GivenPlan { get; init; }

    public bool Manual { get; init; }

    public string? Owner { get; init; }

    /// <summary>What a manifest said that is not in the plan; only after it was applied.</summary>
    public IReadOnlyList<string>? NotUnderstood { get; init; }

    /// <summary>What was added to the plan; only after it was applied.</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    public bool IsPromoted => Phase == "Promoted";

    public bool IsRolledBack => Phase == "RolledBack";

    public bool IsClosed => IsPromoted || IsRolledBack;
}

/// <summary>Where the failures come from, where a place stands out.</summary>
internal sealed record FailureDetailsView(string? Sentence);

/// <summary>How the asked replica stands with the others.</summary>
internal sealed record FleetView(
    bool? Heard,
    double? SilentMs,
    bool? Withheld,
    bool? Newer,
    bool? Leads,
    CountedView? Counted,
    IReadOnlyList<ReplicaView>? Replicas, IReadOnlyList<ReplicaView>? Away);

/// <summary>What the judges counted, on all replicas together.</summary>
internal sealed record CountedView(CountedArmView? Stable, CountedArmView? Canary);

internal sealed record CountedArmView(long Good, long Bad);

internal sealed record ReplicaView(string? Name, string? Version, long Generation, long Revision, double? LagMs, double? SilentMs);

/// <summary>Where a quantile lies at 95 % confidence; no high end while there are not enough responses.</summary>
internal sealed record IntervalView(double? LowMs, double? HighMs);

/// <param name="Share">Per cent of the users.</param>
internal sealed record FlagView(string? Name, bool Enabled, decimal Share);

internal sealed record ArmsView(ArmView? Stable, ArmView? Canary);

internal sealed record ArmView
{
    public long Requests { get; init; }

    public long Failures { get; init; }

    public long Slow { get; init; }

    public long InFlight { get; init; }

    /// <summary>Per cent.</summary>
    public double? SuccessRate { get; init; }

    public IntervalView? P50Interval { get; init; }

    public IntervalView? P95Interval { get; init; }

    public IntervalView? P99Interval { get; init; }

    public double? P50Ms { get; init; }

    public double? P95Ms { get; init; }

    public double? P99Ms { get; init; }
}

internal sealed record VerdictView(string? State, double? Evidence, string? Explanation, string? Proof = null);

/// <summary>Switches that somebody may have turned off; one that is not told counts as on.</summary>
internal sealed record SwitchesView(bool? AutoRollback, bool? AutoAdvance, bool? StickyArms, bool? Shield = null, bool? Overrides = null);
