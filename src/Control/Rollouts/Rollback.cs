namespace Snapback.Control.Rollouts;

/// <summary>The record of one rollback: what was seen, what was allowed, who decided, how fast.</summary>
/// <param name="BlamesVersion">False for a precaution while both arms fail, or for want of requests: the version may start again.</param>
public sealed record Rollback(bool BlamesVersion = true)
{
    /// <summary>The trigger where too few requests came.</summary>
    public const string NoData = "no-data";

    /// <summary>The objective that broke, "unavailable", a hook's name, or "operator".</summary>
    public required string Trigger { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Explanation { get; init; }

    /// <summary>For success-rate: per cent of good responses in the deciding stretch; for latency: per cent within the limit. Null by hand.</summary>
    public double? Observed { get; init; }

    /// <summary>The same quantity's limit, per cent.</summary>
    public double? Limit { get; init; }

    /// <summary>Canary responses in the deciding stretch.</summary>
    public long Requests { get; init; }

    /// <summary>Bad ones among them.</summary>
    public long Failures { get; init; }

    public required Authority Authority { get; init; }

    /// <summary>A person or token; for the judge "judge".</summary>
    public required string By { get; init; }

    public string? Reason { get; init; }

    public required string Replica { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>How many plans had been given: a later one may name another group. Null from a version that did not say.</summary>
    public long? Plans { get; init; }

    public required Weight WeightBefore { get; init; }

    /// <summary>Time from the deciding response being classified to weight 0, in microseconds.</summary>
    public double DecisionMicros { get; init; }

    /// <summary>Number of the last canary pick before weight 0; a higher number would be a leak.</summary>
    public uint SequenceAtDecision { get; init; }

    /// <summary>Canary requests picked and not ended at the decision, the deciding one included.</summary>
    public int InFlightAtDecision { get; init; }

    /// <summary>Failures of the whole generation at the decision, the deciding one included.</summary>
    public long FailuresAtDecision { get; init; }

    /// <summary>Canary requests picked after the decision; counted, and 0 by construction.</summary>
    public uint CanaryAfterDecision { get; init; }

    /// <summary>Users of this generation whom the canary failed and stable answered instead, within the same request.</summary>
    public long Shielded { get; init; }

    /// <summary>Users who were given a failed canary response in this generation, those in flight included.</summary>
    public long Victims { get; init; }

    /// <summary>
    /// From the decision until the last replica that could be reached was at 0 too, in milliseconds of the shared store's clock; null
    /// for a replica alone, and until it is known.
    /// </summary>
    public double? SpreadMs { get; init; }
    /// <summary>Users who still waited for the canary when it was rolled back, and whom stable answered instead.</summary>
    public long TakenBack { get; init; }

    /// <summary>Canary requests (streams, WebSockets, downloads) that were ended because they outlived the drain time.</summary>
    public long Cut { get; init; }

    /// <summary>Who met the version, as far as this replica knows; null if nobody did.</summary>
    public Exposure? Exposure { get; init; }

    public TimeSpan Deadline { get; init; }

    /// <summary>From the first bad response of the deciding stretch to weight 0.</summary>
    public TimeSpan Took { get; init; }
}

/// <summary>What kind of decider rolled back.</summary>
public enum Authority
{
    Judge,
    Operator,
    Hook,

    /// <summary>Another member of its group was rolled back.</summary>
    Group,
}
