using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Demo;

/// <summary>The payments plan in seconds instead of minutes.</summary>
internal static class DemoPlan
{
    public const string Name = "shop";

    public static readonly TimeSpan LatencyLimit = TimeSpan.FromMilliseconds(400);

    public static RolloutPlan For(TimeSpan hold) => new()
    {
        Name = Name,
        Stable = Sidecar.Stable,
        Canary = Sidecar.Canary,
        // Steps of seconds prove nothing, and a demonstration must not wait for a proof.
        Gates = GateTerms.Default with { Proof = ProofDemand.Off },
        Steps =
        [
            new Step(new Weight(500), hold, 1),
            new Step(new Weight(2500), hold, 1),
            new Step(new Weight(5000), TimeSpan.FromMinutes(10), 1),
            new Step(Weight.Full, TimeSpan.FromMinutes(10), 1),
        ],
        Objectives =
        [
            new Objective(ObjectiveMetric.SuccessRate, 0.005, TimeSpan.Zero),
            new Objective(ObjectiveMetric.Latency, 0.05, LatencyLimit),
        ],
        Rollback = new RollbackTerms(["whoever runs the demo"], TimeSpan.FromSeconds(30)),
        Owner = "demo",
    };
}
