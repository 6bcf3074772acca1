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
        return FromDocuments(YamlTree.Read(text, problems), defaults ?? new PlanDefaults(), problems);
    }

    internal static PlanResult FromDocuments(IReadOnlyList<YamlDocument> documents, PlanDefaults defaults, Problems problems)
    {
        // What tools put together ends with a mark, and begins with one: nothing stands there.
        documents = [.. documents.Where(document => document.Root is not PlanNull)];
        if (documents.Count == 0 && !problems.Any)
        {
            problems.Add("", "The document is empty.", "A plan names its arms, an objective, an authority and a deadline.", 1, 1);
        }

        if (documents.Count > 1)
        {
            problems.Add(
                "",
                "A second document starts here.",
                "One file holds one plan; put each plan in a file of its own.",
                documents[1].Line,
                documents[1].Column);
        }

        var root = documents.Count > 0 ? documents[0].Root : null;
        NoNulls(root, problems);
        NoTemplates(root, problems);
        return Read(root, defaults, problems);
    }

    /// <summary>A tree that an importer made.</summary>
    internal static PlanResult FromTree(PlanMap tree, PlanDefaults defaults, Problems problems)
    {
        NoTemplates(tree, problems);
        return Read(tree, defaults, problems);
    }

    /// <summary>Templates that nobody filled in, in a part that is needed.</summary>
    internal static void NoTemplates(PlanNode? node, Problems problems)
    {
        switch (node)
        {
            case PlanUnquoted template:
                template.Refuse(problems);
                break;
            case PlanList list:
                list.Items.ToList().ForEach(item => NoTemplates(item, problems));
                break;
            case PlanMap map:
                map.Entries.Values.ToList().ForEach(entry => NoTemplates(entry.Value, problems));
                break;
        }
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
                "Turn it into one with 'snapback plan import FILE'.");
            return problems.ToResult(null);
        }

        var section = root is null ? null : PlanSection.Open(root, PlanKeys.Plan, "name: …, stable: …, canary: …", problems);
        return problems.ToResult(section is null ? null : Plan(section, defaults, problems));
    }

    private static void NoNulls(PlanNode? node, Problems problems)
    {
        switch (node)
        {
            case PlanNull:
                problems.Add(node, "There is no value.", "Give it one, or remove the key.");
                break;
            case PlanList list:
                list.Items.ToList().ForEach(item => NoNulls(item, problems));
                break;
            case PlanMap map:
                map.Entries.Values.ToList().ForEach(entry => NoNulls(entry.Value, problems));
                break;
        }
    }

    // Every section is read before the result is looked at: the operator sees all errors in one go.
    private static RolloutPlan Plan(PlanSection plan, PlanDefaults defaults, Problems problems)
    {
        var name = ArmsReader.Name(plan, defaults, problems);
        var flag = FlagReader.Read(plan);
        var (stable, canary) = ArmsReader.Arms(plan, defaults, problems);
        var objectives = ObjectivesReader.Read(plan, problems);
        var sticky = StickyReader.Read(plan, flag, problems);
        var steps = StepsReader.Read(plan, problems);
        var shadow = ShadowReader.Read(plan, ref steps, isFlagFirst: flag is not null && stable == canary, problems);
        var rollback = RollbackReader.Read(plan, problems);
        var segment = SegmentReader.Read(plan, problems);
        RolloutPlanValidator.FlagTakesEverybody(plan, flag, segment, steps, problems);
        RolloutPlanValidator.FlagHasUsers(plan, flag, isFlagFirst: stable == canary, problems);
        var failedChecks = plan.Value("failedChecks", ChecksReader.Whole);
        var checks = ChecksReader.Read(plan, steps.Length, failedChecks?.Value, problems);
        var hooks = HooksReader.Read(plan, rollback, objectives, problems);
        RolloutPlanValidator.SomethingCounts(plan, failedChecks, checks, hooks, problems);
        var promotion = plan.Value("promotion", Choices.Promotion.Parse);
        RolloutPlanValidator.HandbackIsConfirmed(promotion, hooks, problems);
        var requests = plan.Value("requestsPerSecond", Numbers.Rate);
        var read = new RolloutPlan
        {
            Name = name,
            Stable = stable,
            Canary = canary,
            Routes = ArmsReader.Routes(plan),
            Steps = steps,
            Objectives = objectives,
            Checks = checks,
            FailedChecks = failedChecks?.Value,
            Notifications = NotificationsReader.Read(plan, problems),
            BurnRate = BurnRateReader.Read(plan, steps, problems),
            Sensitivity = plan.Value("sensitivity", Choices.Sensitivity.Parse)?.Value ?? Sensitivity.Balanced,
            Latency = plan.Value("latency", Choices.Latency.Parse)?.Value ?? LatencyKind.FirstByte,
            Rollback = rollback,
            Namespace = plan.Value("namespace", Names.Any)?.Value ?? "",
            Owner = plan.Value("owner", Names.Any)?.Value,
            Sticky = sticky.Keys,
            Bucketing = sticky.Bucketing,
            BucketSeed = sticky.Seed,
            Segment = segment,
            Flag = flag?.Value,
            Group = plan.Find("group") is PlanScalar { Text: "off" or "none" } ? null : plan.Value("group", Names.Any)?.Value,
            Hooks = hooks,
            OnBreach = plan.Value("onBreach", Choices.OnBreach.Parse)?.Value ?? OnBreach.Rollback,
            Promotion = promotion?.Value ?? PromotionKind.Swap,
            Gates = GatesReader.Read(plan),
            Judge = JudgeReader.Read(plan, objectives, problems),
            Shield = ShieldReader.Read(plan, objectives.Any(objective => objective.Metric == ObjectiveMetric.Latency), problems),
            Shadow = shadow,
            RequestsPerSecond = requests?.Value,
            Schedule = ScheduleReader.Read(plan, problems),
        };
        RolloutPlanValidator.FailuresAreLimited(read, problems);
        PlanSlips.Tell(read, problems);
        RolloutPlanValidator.DeadlineIsKept(read, plan.Find("rollback") ?? plan.At, problems);
        return read;
    }
}
