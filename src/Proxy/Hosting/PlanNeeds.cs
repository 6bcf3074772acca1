using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// What a plan asks that this configuration cannot answer. No error, since such a plan is safe: its conditions do not hold, its sticky key is
/// not found, and its queries hold their steps until there is an answer.
/// </summary>
internal static class PlanNeeds
{
    /// <summary>A sentence for each that is not configured at the moment.</summary>
    public static IEnumerable<string> Unmet(RolloutPlan plan, IConfiguration configuration)
    {
        var conditions = Flat([.. plan.Segment.All, .. plan.Segment.Any, .. plan.Segment.Never, .. plan.Segment.Always]).ToList();
        if (!Identity.IsConfigured(configuration) && Claims(plan, conditions).Distinct().ToList() is { Count: > 0 } claims)
        {
            yield return $"Rollout '{plan.Name}' looks at claims of callers ({string.Join(", ", claims)}), and nobody has any: no token is accepted here. " +
                $"Say which are, under {Identity.Section} (docs/sticky.md).";
        }

        var flags = Flags(configuration).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var flag in conditions.Where(each => each.Kind == ConditionKind.Flag && !flags.Contains(each.Name)).Select(each => each.Name).Distinct())
        {
            yield return $"Rollout '{plan.Name}' segment: there is no flag '{flag}', so it is off for everybody. " +
                $"Defined are: {DeadEnds.List(flags)}. Add it under feature_management, or name one of these.";
        }

        foreach (var check in plan.Checks)
        {
            if (check.Source is CheckSource.Prometheus { Address: null } source && string.IsNullOrEmpty(configuration[source.AddressKey]))
            {
                yield return $"Rollout '{plan.Name}' check '{check.Name}': the provider '{source.Provider}' has no address, so nobody can be asked. " +
                    $"Give one in the plan, or as {source.AddressKey}.";
            }
        }
    }

    private static IEnumerable<Condition> Flat(IEnumerable<Condition> conditions) =>
        conditions.SelectMany(condition => Flat(condition.Parts).Prepend(condition));

    private static IEnumerable<string> Claims(RolloutPlan plan, IEnumerable<Condition> conditions) =>
    [
        .. plan.Sticky.Where(key => key.Source == StickySource.Claim).Select(key => $"sticky {key}"),
        .. conditions.Where(each => each.Kind is ConditionKind.Claim).Select(each => $"segment claim:{each.Name}"),
        .. conditions.Where(each => each.Kind is ConditionKind.Group).Select(_ => "segment group"),
    ];

    /// <summary>In both forms of the section.</summary>
    private static IEnumerable<string> Flags(IConfiguration configuration) =>
    [
        .. configuration.GetSection("feature_management:feature_flags").GetChildren().Select(flag => flag["id"]).OfType<string>(),
        .. configuration.GetSection("FeatureManagement").GetChildren().Select(flag => flag.Key),
    ];
}
