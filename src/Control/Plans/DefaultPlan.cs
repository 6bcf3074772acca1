using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>What holds where the operator says nothing.</summary>
public static class DefaultPlan
{
    /// <summary>5 % 10m, 25 % 15m, 50 % 30m, 100 % bake 30m.</summary>
    public static readonly ImmutableArray<Step> Ladder =
    [
        new(new Weight(500), TimeSpan.FromMinutes(10), 1),
        new(new Weight(2500), TimeSpan.FromMinutes(15), 1),
        new(new Weight(5000), TimeSpan.FromMinutes(30), 1),
        new(Weight.Full, TimeSpan.FromMinutes(30), 1),
    ];

    /// <summary>The plan of a proxy that was given upstreams and no plan: 99.5 % success, the default ladder, the operator, 5m.</summary>
    public static RolloutPlan For(string name, string stable, string canary) => new()
    {
        Name = name,
        Stable = stable,
        Canary = canary,
        Steps = Ladder,
        Objectives = [new Objective(ObjectiveMetric.SuccessRate, 0.005, TimeSpan.Zero)],
        Rollback = new RollbackTerms(["operator"], TimeSpan.FromMinutes(5)),
    };
}
