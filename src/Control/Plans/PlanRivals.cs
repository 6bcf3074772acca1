using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>What two plans may not have in common.</summary>
public static class PlanRivals
{
    /// <summary>Of plans that are given together: a sentence for each that cannot stand beside one before it.</summary>
    public static IEnumerable<string> Among(IReadOnlyList<RolloutPlan> plans) =>
    [
        .. Among(plans.GroupBy(plan => plan.Stable, StringComparer.OrdinalIgnoreCase), OverRoutes),
        .. Among(plans.Where(plan => plan.Flag is not null).GroupBy(plan => plan.Flag, StringComparer.Ordinal), OverFlag),
        .. Among(plans.Where(plan => plan.Group is not null).GroupBy(plan => plan.Group, StringComparer.Ordinal), OverSteps),
    ];

    public static string? OverRoutes(RolloutPlan plan, RolloutPlan other) => other.Overlaps(plan)
        ? $"Rollout '{other.Name}' has routes of cluster '{plan.Stable}' under it that '{plan.Name}' would have too; " +
            "a route belongs to one rollout. Name other 'routes' in one of the two, or delete it."
        : null;

    public static string? OverFlag(RolloutPlan plan, RolloutPlan other) =>
        other.Name != plan.Name && plan.Flag is not null && other.Flag == plan.Flag ? OverFlag(plan, other.Name) : null;

    /// <param name="owner">Who has had the flag already, by its plan or by a promotion.</param>
    public static string OverFlag(RolloutPlan plan, string owner) =>
        $"Flag '{plan.Flag}' of rollout '{plan.Name}' belongs to rollout '{owner}' already; two would turn it on and off against each other. Name another flag.";

    public static string? OverSteps(RolloutPlan plan, RolloutPlan other) =>
        other.Name != plan.Name && plan.Group is not null && other.Group == plan.Group && other.Steps.Length != plan.Steps.Length
            ? $"Rollout '{other.Name}' of group '{plan.Group}' has {Counted.Of(other.Steps.Length, "step")} and '{plan.Name}' {plan.Steps.Length}: " +
                "a group goes up step by step. Give both the same number, or take one out of the group."
            : null;

    private static IEnumerable<string> Among(IEnumerable<IEnumerable<RolloutPlan>> alike, Func<RolloutPlan, RolloutPlan, string?> rule) =>
        from together in alike
        let plans = together.ToList()
        from at in Enumerable.Range(1, plans.Count - 1)
        let conflict = plans.Take(at).Select(before => rule(plans[at], before)).FirstOrDefault(sentence => sentence is not null)
        where conflict is not null
        select conflict;
}
