using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

internal static class Choices
{
    public static readonly Choice<Sensitivity> Sensitivity =
        new(("high", Rollouts.Sensitivity.High), ("balanced", Rollouts.Sensitivity.Balanced), ("low", Rollouts.Sensitivity.Low));

    public static readonly Choice<Bucketing> Bucketing = new(("fast", Rollouts.Bucketing.Fast), ("featureManagement", Rollouts.Bucketing.FeatureManagement));

    public static readonly Choice<NoData> NoData =
        new(("hold", Rollouts.NoData.Hold), ("rollback", Rollouts.NoData.Rollback), ("pass", Rollouts.NoData.Pass));

    public static readonly Choice<ProofDemand> Proof =
        new(("wait", ProofDemand.Wait), ("required", ProofDemand.Required), ("off", ProofDemand.Off));

    public static readonly Choice<LatencyKind> Latency = new(("firstByte", LatencyKind.FirstByte), ("total", LatencyKind.Total));
}
