using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>What the operator wants. Immutable; a valid one has passed the <c>RolloutPlanValidator</c>.</summary>
public sealed record RolloutPlan
{
    public required string Name { get; init; }

    /// <summary>YARP cluster id; every route of this cluster is under the rollout.</summary>
    public required string Stable { get; init; }

    /// <summary>YARP cluster id; the stable one again in a flag-first rollout.</summary>
    public required string Canary { get; init; }

    /// <summary>Route ids; empty means every route of the stable cluster.</summary>
    public ImmutableArray<string> Routes { get; init; } = [];

    public required ImmutableArray<Step> Steps { get; init; }

    /// <summary>Judged on every response.</summary>
    public required ImmutableArray<Objective> Objectives { get; init; }

    /// <summary>Asked for at an interval.</summary>
    public ImmutableArray<IntervalCheck> Checks { get; init; } = [];

    /// <summary>Failed checks and hooks that roll back together; null if none count so.</summary>
    public int? FailedChecks { get; init; }

    /// <summary>Null if the plan does not watch an error budget.</summary>
    public BurnRate? BurnRate { get; init; }

    /// <summary>Who is told of what happens, beside those whom the configuration names for every rollout.</summary>
    public ImmutableArray<Notification> Notifications { get; init; } = [];

    /// <summary>Names of the objectives that can roll back by themselves; all else is in <see cref="RollbackTriggers"/>.</summary>
    public IEnumerable<string> Triggers =>
        [
            .. Objectives.Select(objective => objective.Name),
            .. from check in Checks where !check.OnlyNotifies select check.Name,
            .. BurnRate is null ? Array.Empty<string>() : [Rollouts.BurnRate.Name],
        ];

    public Sensitivity Sensitivity { get; init; } = Sensitivity.Balanced;

    public LatencyKind Latency { get; init; } = LatencyKind.FirstByte;

    public required RollbackTerms Rollback { get; init; }

    public string? Owner { get; init; }

    /// <summary>Said to hooks; empty if there is none.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Where the sticky key of a request is looked for, in order; empty means a random draw per request.</summary>
    public ImmutableArray<StickyKey> Sticky { get; init; } = [];

    public Bucketing Bucketing { get; init; } = Bucketing.Fast;

    /// <summary>Appended to the user's key before Microsoft.FeatureManagement's hash; null for <see cref="UserBucket.DefaultSeed"/>.</summary>
    public string? BucketSeed { get; init; }

    /// <summary>Who is eligible for the canary.</summary>
    public Segment Segment { get; init; } = Segment.Everybody;

    /// <summary>The feature flag that goes up and down with the weight; null for none.</summary>
    public string? Flag { get; init; }

    /// <summary>Rollouts of the same group go up together and come down together; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>One cluster plays both arms, and what tells them apart is the flag's answer for the user.</summary>
    public bool IsFlagFirst => Flag is not null && string.Equals(Stable, Canary, StringComparison.OrdinalIgnoreCase);

    public ImmutableArray<Hook> Hooks { get; init; } = [];

    /// <summary>The hook points before the first step, in order. A shadow step raises no user traffic, so that nobody confirms an increase.</summary>
    public ImmutableArray<HookPoint> BeforeFirstStep => Steps[0].IsShadow
        ? [HookPoint.ConfirmRollout, HookPoint.PreRollout]
        : [HookPoint.ConfirmRollout, HookPoint.PreRollout, HookPoint.ConfirmTrafficIncrease];

    public JudgeTerms Judge { get; init; } = JudgeTerms.Default;

    /// <summary>Null: users see the canary's failures.</summary>
    public ShieldTerms? Shield { get; init; } = ShieldTerms.Default;

    /// <summary>How a shadow step copies; null if the plan has none.</summary>
    public ShadowTerms? Shadow { get; init; }

    /// <summary>The service's requests per second to both arms together, as its owner declares them; null if nobody did.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>When it may go up; null for any time.</summary>
    public Schedule? Schedule { get; init; }

    public GateTerms Gates { get; init; } = GateTerms.Default;

    public OnBreach OnBreach { get; init; } = OnBreach.Rollback;

    public PromotionKind Promotion { get; init; } = PromotionKind.Swap;

    /// <summary>The step that holds now; null while none is climbed, or the weight was set by hand.</summary>
    public Step? StepAt(RolloutStatus status) => status.Phase.IsOpen() && status is { Manual: false, Step: > 0 } ? Steps[status.Step - 1] : null;

    /// <summary>The share of the requests that are copied to the canary now; zero where it has users, or nobody climbs a step.</summary>
    public Weight ShadowAt(RolloutStatus status) => StepAt(status)?.Shadow ?? Weight.Zero;

    /// <summary>For people: "5%", or "shadow 100%".</summary>
    public string ShownWeight(RolloutStatus status) => ShadowAt(status) > Weight.Zero ? Steps[status.Step - 1].Name : status.Weight.ToString();

    /// <summary>The cluster that the next version belongs in, after a promotion that gave the canary's all of the traffic; else null.</summary>
    public string? NextClusterAfter(RolloutStatus status) => status.Phase == RolloutPhase.Promoted && status.Weight == Weight.Full && !IsFlagFirst
        ? status.Swapped ? Canary : Stable
        : null;

    /// <summary>Null if the plan has no objective of that kind.</summary>
    public Objective? Find(ObjectiveMetric metric) => Objectives.FirstOrDefault(objective => objective.Metric == metric);

    /// <summary>Some route could be under both plans, and it would be chance which of them gives its requests an arm.</summary>
    public bool Overlaps(RolloutPlan other) =>
        Name != other.Name
        && string.Equals(Stable, other.Stable, StringComparison.OrdinalIgnoreCase)
        && (Routes.IsEmpty || other.Routes.IsEmpty || Routes.Intersect(other.Routes, StringComparer.OrdinalIgnoreCase).Any());

    /// <summary>A route is under this rollout.</summary>
    /// <param name="clusterId">The cluster the route names in its configuration.</param>
    public bool Covers(string routeId, string? clusterId) =>
        // As YARP compares ids.
        string.Equals(clusterId, Stable, StringComparison.OrdinalIgnoreCase)
            && (Routes.IsEmpty || Routes.Contains(routeId, StringComparer.OrdinalIgnoreCase));
}

/// <summary>A weight and its gate.</summary>
/// <param name="Hold">How long the weight stays before it may go up; zero asks for no time.</param>
/// <param name="Requests">Canary responses to see in this step; at least 1: no data is no go.</param>
public sealed record Step(Weight Weight, TimeSpan Hold, int Requests)
{
    /// <summary>Null if no person is asked.</summary>
    public ApprovalTerms? Approval { get; init; }

    /// <summary>Only requests that change nothing (GET, HEAD, OPTIONS) meet the canary in this step: reads before writes.</summary>
    public bool OnlyReads { get; init; }

    /// <summary>The share of the requests that are copied to the canary, which has no users yet; zero for a step with a weight.</summary>
    public Weight Shadow { get; init; }

    /// <summary>Copies only: the weight is 0.</summary>
    public bool IsShadow => Shadow > Weight.Zero;

    /// <summary>The share of the requests that show what the canary does.</summary>
    public Weight Seen => IsShadow ? Shadow : Weight;

    /// <summary>For people: "5%", or "shadow 100%".</summary>
    public string Name => IsShadow ? $"shadow {Shadow}" : Weight.ToString();

    /// <summary>True for a step at 100 %: its hold is the bake, with the rollback armed.</summary>
    public bool IsBake => Weight == Weight.Full;
}

/// <summary>A kind of bad outcome and its budget.</summary>
/// <param name="Metric">Success rate, or a latency quantile.</param>
/// <param name="Budget">Allowed share of bad responses, in (0, 1): 99.5 % success is 0.005, p95 is 0.05.</param>
/// <param name="Limit">For latency: slower than this is bad. Zero for the success rate.</param>
public sealed record Objective(ObjectiveMetric Metric, double Budget, TimeSpan Limit)
{
    /// <summary>"success-rate" or "p95": the trigger's name in records, metrics and sentences.</summary>
    public string Name => Metric == ObjectiveMetric.SuccessRate
        ? "success-rate"
        : QuantileName(1 - Budget);

    /// <summary>"p95" for 0.95, "p99.9" for 0.999.</summary>
    public static string QuantileName(double quantile) =>
        "p" + (quantile * 100).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What an objective measures.</summary>
public enum ObjectiveMetric
{
    SuccessRate,
    Latency,
}

/// <summary>Which span of a response is its latency.</summary>
public enum LatencyKind
{
    /// <summary>Arm picked (or request body sent) to response headers received.</summary>
    FirstByte,

    /// <summary>… to the last byte of the body.</summary>
    Total,
}

/// <summary>Who may roll back without asking, and by when a rollback must be complete.</summary>
public sealed record RollbackTerms(ImmutableArray<string> Authority, TimeSpan Deadline)
{
    /// <summary>Long enough for a download, short enough that no stream stays with the bad version.</summary>
    public static readonly TimeSpan StandardDrain = TimeSpan.FromSeconds(30);

    /// <summary>Canary requests that still run so long after the rollback are cut; null: never.</summary>
    public TimeSpan? Drain { get; init; } = StandardDrain;

    /// <summary>After a rollback nobody starts again for so long without a reason; zero for at once.</summary>
    public TimeSpan CoolDown { get; init; }

    /// <summary>Told once the traffic is gone: the canary may be scaled down.</summary>
    public ImmutableArray<Hook> Hooks { get; init; } = [];
}
