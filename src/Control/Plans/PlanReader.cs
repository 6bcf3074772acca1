using Microsoft.Extensions.Configuration;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads a plan and reports every error at once.</summary>
public static class PlanReader
{
    /// <param name="text">YAML, of which JSON is a part; at most 1 MiB.</param>
    /// <param name="source">File name for the problems.</param>
    /// <returns>Never throws for what the text contains.</returns>
    public static PlanResult FromYaml(string text, string? source = null, PlanDefaults? defaults = null)
    {
        var problems = new Problems(source);
        return Read(YamlTree.Read(text, problems), defaults ?? new PlanDefaults(), problems);
    }

    /// <param name="section"><c>Snapback:Rollouts:{name}</c>: its key is the rollout's name.</param>
    public static PlanResult FromConfiguration(IConfigurationSection section, PlanDefaults? defaults = null)
    {
        var problems = new Problems(section.Path);
        defaults ??= new PlanDefaults();
        return Read(ConfigurationTree.Read(section, problems), defaults with { Name = defaults.Name ?? section.Key }, problems);
    }

    private static PlanResult Read(PlanNode? root, PlanDefaults defaults, Problems problems)
    {
        if (root is PlanMap map && PlanKeys.Manifest.Any(map.Entries.ContainsKey))
        {
            problems.Replace(
                root,
                "This is a Kubernetes manifest (kind, apiVersion), not a native plan.",
                "Importing Flagger or Argo manifests is not part of this version; write the plan natively.");
            return problems.ToResult(null);
        }

        var section = root is null ? null : PlanSection.Open(root, PlanKeys.Plan, "name: …, stable: …, canary: …", problems);
        return problems.ToResult(section is null ? null : Plan(section, defaults, problems));
    }

    // Every section is read before the result is looked at: the operator sees all errors in one go.
    private static RolloutPlan Plan(PlanSection plan, PlanDefaults defaults, Problems problems)
    {
        var name = ArmsReader.Name(plan, defaults, problems);
        var (stable, canary) = ArmsReader.Arms(plan, defaults, problems);
        var objectives = ObjectivesReader.Read(plan, problems);
        return new RolloutPlan
        {
            Name = name,
            Stable = stable,
            Canary = canary,
            Routes = [.. plan.Names("routes", StringComparer.OrdinalIgnoreCase)],
            Steps = StepsReader.Read(plan, problems),
            Objectives = objectives,
            Sensitivity = plan.Value("sensitivity", Choices.Sensitivity.Parse)?.Value ?? Sensitivity.Balanced,
            Latency = plan.Value("latency", Choices.Latency.Parse)?.Value ?? LatencyKind.FirstByte,
            Rollback = RollbackReader.Read(plan, problems),
            Owner = plan.Value("owner", Names.Any)?.Value,
            Sticky = StickyReader.Read(plan, problems),
            Hooks = HooksReader.Read(plan, objectives, problems),
            Judge = JudgeReader.Read(plan, objectives, problems),
        };
    }
}
