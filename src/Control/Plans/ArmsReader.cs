using System.Collections.Immutable;

namespace Snapback.Control.Plans;

/// <summary>Reads what a plan is called and the two clusters that it is about.</summary>
internal static class ArmsReader
{
    public static string Name(PlanSection plan, PlanDefaults defaults, Problems problems)
    {
        if (plan.Find("name") is null)
        {
            return Given(plan, "name", defaults.Name, Names.Rollout, "Add: name: payments", problems);
        }

        var name = plan.Value("name", Names.Rollout);
        if (name is { } own && defaults.Name is { } given && own.Value != given)
        {
            problems.Add(
                own.At,
                $"The plan is called '{own.Value}', but it was given as that of {Shown.Quoted(given)}.",
                "Use one name, or leave name out.");
        }

        return name?.Value ?? "";
    }

    public static (string Stable, string Canary) Arms(PlanSection plan, PlanDefaults defaults, Problems problems)
    {
        var stable = Arm(plan, "stable", defaults.Stable, problems);
        if (FlagReader.IsNamed(plan) && plan.Find("canary") is null && (defaults.Canary is null || plan.Find("stable") is not null))
        {
            // Nobody named a second cluster, or the plan names one only: the flag alone tells the arms apart.
            return (stable, stable);
        }

        var canary = Arm(plan, "canary", defaults.Canary, problems);
        RolloutPlanValidator.ArmsDiffer(stable, canary, plan.Find("canary") ?? plan.At, problems);
        return (stable, canary);
    }

    /// <summary>Empty for all of the stable cluster's.</summary>
    public static ImmutableArray<string> Routes(PlanSection plan)
    {
        if (plan.Find("routes") is PlanList { Items.Count: 0 } none)
        {
            // Whoever's template found no route means none of them, and would have put the whole service under the rollout.
            plan.Refuse(
                none,
                "There are no routes, and nothing would be under the rollout.",
                "Name one, or leave routes out for all of the stable cluster's.");
        }

        return [.. plan.Names("routes", StringComparer.OrdinalIgnoreCase)];
    }

    private static string Arm(PlanSection plan, string key, string? given, Problems problems) => plan.Find(key) is null
        ? Given(plan, key, given, Names.Any, $"Add: {key}: payments-{key} (a cluster of the configuration), or start the proxy with --{key} URL", problems)
        : plan.Value(key, Names.Any)?.Value ?? "";

    private static string Given(
        PlanSection plan, string key, string? given, Func<string, Parsed<string>> parse, string remedy, Problems problems)
    {
        if (given is null)
        {
            plan.Missing(key, $"The key {key} is missing.", remedy + ".");
            return "";
        }

        var parsed = parse(given);
        if (parsed.Fault is { } fault)
        {
            plan.Missing(key, fault.Message, fault.Remedy);
        }

        return parsed.Value ?? "";
    }
}
