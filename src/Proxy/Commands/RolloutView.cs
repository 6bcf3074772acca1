using System.Text.Json.Serialization;

namespace Snapback.Proxy.Commands;

/// <summary>
/// A rollout as the admin API shows it. Most parts may be missing, since the proxy may be of another version. The required ones tell the
/// admin side's answer from the JSON of a service behind the traffic port, which may answer a rollback with 200.
/// </summary>
internal sealed record RolloutView
{
    [JsonRequired]
    public string? Name { get; init; }

    /// <summary>A text, so that a phase of a newer proxy is still shown.</summary>
    [JsonRequired]
    public string Phase { get; init; } = "";

    /// <summary>In per cent.</summary>
    public decimal Weight { get; init; }

    /// <summary>From 1; 0 before the first step, and while the weight is set by hand.</summary>
    public int Step { get; init; }

    public int Steps { get; init; }

    public long Generation { get; init; }

    public long Revision { get; init; }

    public string? Version { get; init; }

    public string? StableVersion { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>Tells this rollout from an earlier one of the same name that was deleted.</summary>
    public DateTimeOffset? Created { get; init; }

    public string? NextGate { get; init; }

    public ArmsView? Arms { get; init; }

    public VerdictView? Verdict { get; init; }

    public FailureDetailsView? FailureDetails { get; init; }

    /// <summary>Null if the plan shadows nothing.</summary>
    public ShadowView? Shadow { get; init; }

    public RollbackView? Rollback { get; init; }

    /// <summary>The rollback in one sentence, where the answer has no <see cref="Rollback"/>.</summary>
    public string? RolledBack { get; init; }

    /// <summary>Null for a proxy that runs alone.</summary>
    public FleetView? Fleet { get; init; }

    public IReadOnlyList<FlagView>? Flags { get; init; }

    public SwitchesView? Switches { get; init; }

    public string? Reason { get; init; }

    /// <summary>What is wrong with the store, in sentences; null while nothing is.</summary>
    public string? Store { get; init; }

    /// <summary>A sentence, if the replica was started with another plan than the one that holds; else null.</summary>
    public string? GivenPlan { get; init; }

    public bool Manual { get; init; }

    /// <summary>After a promotion each arm is the cluster that the plan names for the other.</summary>
    public bool Swapped { get; init; }

    public PlanView? Plan { get; init; }

    public string? Owner { get; init; }

    /// <summary>What became of the plan; only in the answer to an apply.</summary>
    public string? What { get; init; }

    /// <summary>What of a manifest is not in the plan; only in the answer to an apply.</summary>
    public IReadOnlyList<string>? NotUnderstood { get; init; }

    /// <summary>What the plan has that its manifest does not say; only in the answer to an apply.</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    public bool IsPromoted => Phase == "Promoted";

    public bool IsRolledBack => Phase == "RolledBack";

    public bool IsClosed => IsPromoted || IsRolledBack;
}

/// <summary>Where the failures come from, if a route, destination or client network stands out.</summary>
internal sealed record FailureDetailsView(string? Sentence);

/// <summary>The clusters that the plan names.</summary>
internal sealed record PlanView(string? Stable, string? Canary);

/// <summary>The fleet, as the replica that was asked sees it.</summary>
internal sealed record FleetView(
    bool? Heard,
    double? SilentMs,
    bool? Withheld,
    bool? Newer,
    bool? Foreign,
    CountedView? Counted,
    IReadOnlyList<ReplicaView>? Replicas, IReadOnlyList<ReplicaView>? Away);

/// <summary>The responses that the judges counted, on all replicas together.</summary>
internal sealed record CountedView(CountedArmView? Stable, CountedArmView? Canary);

internal sealed record CountedArmView(long Good, long Bad);

internal sealed record ReplicaView(string? Name, string? Version, long Generation, long Revision, double? LagMs, double? SilentMs);

/// <summary>The 95% confidence interval of a latency quantile, in milliseconds; without an upper end while there are too few responses.</summary>
internal sealed record IntervalView(double? LowMs, double? HighMs);

/// <param name="Share">The share of users who have the flag, in per cent.</param>
internal sealed record FlagView(string? Name, bool Enabled, decimal Share);

internal sealed record ArmsView(ArmView? Stable, ArmView? Canary);

internal sealed record ArmView
{
    public long Requests { get; init; }

    public long Failures { get; init; }

    public long Slow { get; init; }

    /// <summary>Requests whose arm a tester chose: in none of the other figures.</summary>
    public long Forced { get; init; }

    public long InFlight { get; init; }

    /// <summary>In per cent.</summary>
    public double? SuccessRate { get; init; }

    public IntervalView? P50Interval { get; init; }

    public IntervalView? P95Interval { get; init; }

    public IntervalView? P99Interval { get; init; }

    public double? P50Ms { get; init; }

    public double? P95Ms { get; init; }

    public double? P99Ms { get; init; }
}

internal sealed record VerdictView(string? State, double? Evidence, string? Explanation, string? Proof = null);

/// <summary>The kill switches; one that the answer does not have counts as on.</summary>
internal sealed record SwitchesView(bool? AutoRollback, bool? AutoAdvance, bool? StickyArms, bool? Shield = null, bool? Overrides = null);
