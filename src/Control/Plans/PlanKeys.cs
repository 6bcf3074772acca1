using System.Collections.Frozen;

namespace Snapback.Control.Plans;

/// <summary>The schema's words.</summary>
internal static class PlanKeys
{
    public static readonly string[] Plan =
        ["name", "stable", "canary", "routes", "steps", "objectives", "sensitivity", "latency", "rollback", "owner", "sticky", "segment", "hooks",
        "admission", "harmCap", "maxRatioToStable", "maxLatencyRatioToStable", "attribution", "warmUp", "consecutiveFailures", "shield",
        "onNoData", "proof", "maxWait", "namespace", "onBreach", "promotion", "requestsPerSecond", "schedule", "notifications",
        "flag", "group"];

    public static readonly string[] Step = ["weight", "hold", "requests", "bake", "approval", "only"];
    public static readonly string[] Schedule = ["timeZone", "days", "hours", "freeze"];
    public static readonly string[] Objective = ["metric", "min", "max"];
    public static readonly string[] Rollback = ["authority", "deadline", "drain", "coolDown", "hooks"];
    public static readonly string[] Sticky = ["by", "or", "bucketing", "seed"];
    public static readonly string[] Segment = ["all", "any", "never", "always"];
    public static readonly string[] Shield = ["methods", "maxBody", "budget", "header"];
    public static readonly string[] RollbackHook = ["name", "url", "timeout", "retries", "interval", "onDown", "metadata"];
    public static readonly string[] Hook = ["when", .. RollbackHook];

    /// <summary>The schema promises these: to guess another word for them would mislead.</summary>
    public static readonly FrozenSet<string> Later = FrozenSet.Create(
        StringComparer.Ordinal,
        "shadow");

    /// <summary>Marks of a Kubernetes manifest (Flagger, Argo Rollouts).</summary>
    public static readonly string[] Manifest = ["kind", "apiVersion"];
}
