namespace Snapback.Control.Plans;

/// <summary>The schema's words.</summary>
internal static class PlanKeys
{
    public static readonly string[] Plan =
        ["name", "stable", "canary", "routes", "steps", "objectives", "sensitivity", "latency", "rollback", "owner", "sticky", "segment", "hooks",
        "admission", "harmCap", "maxRatioToStable", "maxLatencyRatioToStable", "attribution", "warmUp", "consecutiveFailures", "shield",
        "onNoData", "proof", "maxWait", "namespace", "onBreach", "promotion", "requestsPerSecond", "schedule", "notifications",
        "flag", "group", "shadow", "failedChecks"];

    public static readonly string[] Step = ["weight", "shadow", "hold", "requests", "bake", "approval", "only"];
    public static readonly string[] Schedule = ["timeZone", "days", "hours", "freeze"];
    public static readonly string[] Objective = ["metric", "min", "max"];
    public static readonly string[] Rollback = ["authority", "deadline", "drain", "coolDown", "hooks"];
    public static readonly string[] Sticky = ["by", "or", "bucketing", "seed"];
    public static readonly string[] Segment = ["all", "any", "never", "always"];
    public static readonly string[] Shield = ["methods", "maxBody", "budget", "header", "hedge"];
    public static readonly string[] Shadow = ["share", "methods", "timeout", "queue", "concurrency", "credentials", "compare"];
    public static readonly string[] Compare = ["status", "headers", "json", "maxDifferent"];
    public static readonly string[] RollbackHook = ["name", "url", "timeout", "retries", "interval", "onDown", "metadata"];
    public static readonly string[] Hook = ["when", "onFailure", .. RollbackHook];

    /// <summary>Marks of a Kubernetes manifest (Flagger, Argo Rollouts).</summary>
    public static readonly string[] Manifest = ["kind", "apiVersion"];
}
