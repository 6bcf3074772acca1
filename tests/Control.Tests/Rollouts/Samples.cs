using Snapback.Control.Rollouts;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A plan, its objectives and commands as the tests need them.</summary>
internal static class Samples
{
    public static readonly Objective Success = new(ObjectiveMetric.SuccessRate, 0.005, TimeSpan.Zero);

    public static readonly Objective P95 = new(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400));

    public static readonly Step Five = new(new Weight(500), TimeSpan.FromMinutes(10), 1);

    public static readonly Step Half = new(new Weight(5000), TimeSpan.FromMinutes(10), 1);

    public static readonly Step Bake = new(Weight.Full, TimeSpan.FromMinutes(30), 1);

    /// <summary>5 % 10m, 50 % 10m, 100 % bake 30m; 99.5 % success.</summary>
    public static readonly RolloutPlan Plan = new()
    {
        Name = "shop",
        Stable = "shop-stable",
        Canary = "shop-canary",
        Steps = [Five, Half, Bake],
        Objectives = [Success],
        Rollback = new RollbackTerms(["oncall"], TimeSpan.FromMinutes(5)),
        Gates = GateTerms.Default with { Proof = ProofDemand.Off },
    };

    /// <summary>The same without an admission window: the weight alone decides.</summary>
    public static readonly RolloutPlan Unbounded = Plan with { Judge = JudgeTerms.Default with { Admission = null } };

    /// <summary>A canary request as the coin sends one at 5 %.</summary>
    public static readonly Pick Canary = new(Arm.Canary, 1, new Weight(500), ByCoin: true);

    /// <inheritdoc cref="Canary"/>
    public static readonly Pick Stable = new(Arm.Stable, 0, new Weight(500), ByCoin: true);

    public static readonly Rollback Record = new()
    {
        Trigger = "operator",
        Explanation = "Rolled back.",
        Authority = Authority.Operator,
        By = "ann",
        Replica = "r1",
        At = DateTimeOffset.UnixEpoch,
        WeightBefore = Weight.Zero,
    };

    public static RolloutCommand Start(string version) => new RolloutCommand.Start(version, "ann");

    public static RolloutCommand Weigh(int basisPoints, string? version = null) =>
        new RolloutCommand.SetWeight(new Weight(basisPoints), version, "ann");

    public static RolloutCommand Advance => new RolloutCommand.Advance("ann");

    public static RolloutCommand Await => new RolloutCommand.Await("Waiting for somebody.");

    public static RolloutCommand Approve => new RolloutCommand.Approve("ann", "the charts are fine", TimeSpan.FromHours(1));

    public static RolloutCommand Pause => new RolloutCommand.Pause("ann");

    public static RolloutCommand Resume => new RolloutCommand.Resume("ann", "looked into it");

    public static RolloutCommand Promote => new RolloutCommand.Promote("ann");

    public static RolloutCommand Retry => new RolloutCommand.Retry("ann", "the bug is fixed");
}
