using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

internal static class Choices
{
    public static readonly Choice<Sensitivity> Sensitivity =
        new(("high", Rollouts.Sensitivity.High), ("balanced", Rollouts.Sensitivity.Balanced), ("low", Rollouts.Sensitivity.Low));

    public static readonly Choice<Bucketing> Bucketing = new(
        ("fast", Rollouts.Bucketing.Fast), ("featureManagement", Rollouts.Bucketing.FeatureManagement));

    /// <summary>"rollout" is what Flagger calls a step.</summary>
    public static readonly Choice<HookPoint> HookPoint = new(
        ("step", Rollouts.HookPoint.Step),
        ("confirm-rollout", Rollouts.HookPoint.ConfirmRollout),
        ("pre-rollout", Rollouts.HookPoint.PreRollout),
        ("rollout", Rollouts.HookPoint.Step),
        ("confirm-traffic-increase", Rollouts.HookPoint.ConfirmTrafficIncrease),
        ("confirm-promotion", Rollouts.HookPoint.ConfirmPromotion),
        ("post-rollout", Rollouts.HookPoint.PostRollout),
        ("rollback", Rollouts.HookPoint.Rollback),
        ("event", Rollouts.HookPoint.Event));

    public static readonly Choice<HookDown> HookDown =
        new(("hold", Rollouts.HookDown.Hold), ("rollback", Rollouts.HookDown.Rollback), ("pass", Rollouts.HookDown.Pass));

    public static readonly Choice<bool> HookFailure = new(("rollback", false), ("count", true));

    public static readonly Choice<OnBreach> OnBreach =
        new(("rollback", Rollouts.OnBreach.Rollback), ("freeze", Rollouts.OnBreach.Freeze), ("notify", Rollouts.OnBreach.Notify));

    public static readonly Choice<PromotionKind> Promotion = new(("swap", PromotionKind.Swap), ("handback", PromotionKind.Handback));

    public static readonly Choice<NoData> NoData =
        new(("hold", Rollouts.NoData.Hold), ("rollback", Rollouts.NoData.Rollback), ("pass", Rollouts.NoData.Pass));

    public static readonly Choice<ProofDemand> Proof =
        new(("wait", ProofDemand.Wait), ("required", ProofDemand.Required), ("off", ProofDemand.Off));

    public static readonly Choice<bool> Only = new(("reads", true));

    public static readonly Choice<LatencyKind> Latency = new(("firstByte", LatencyKind.FirstByte), ("total", LatencyKind.Total));
}
