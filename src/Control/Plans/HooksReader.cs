using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads the calls that must pass before a step is left.</summary>
internal static class HooksReader
{
    private const string Example = "{ when: step, url: http://smoke-runner/run, timeout: 30s }";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private enum When
    {
        Step,
    }

    private static readonly Choice<When> Moments = new(("step", When.Step));

    /// <summary>There are hooks of this moment.</summary>
    public static bool Knows(string when) => Moments.Parse(when).Fault is null;

    public static ImmutableArray<StepHook> Read(PlanSection plan, IEnumerable<Objective> objectives, Problems problems)
    {
        var hooks = (plan.List("hooks") ?? []).Select(item => Hook(item, problems)).OfType<Located<StepHook>>().ToList();
        RolloutPlanValidator.HooksAreTold(hooks, objectives, problems);
        return [.. hooks.Select(hook => hook.Value)];
    }

    private static Located<StepHook>? Hook(PlanNode node, Problems problems)
    {
        if (PlanSection.Open(node, PlanKeys.Hook, Example, problems) is not { } hook)
        {
            return null;
        }

        foreach (var key in new[] { "when", "url" })
        {
            if (hook.Find(key) is null)
            {
                hook.Missing(key, $"The hook has no {key}.", $"Write it as {Example}.");
            }
        }

        hook.Value("when", Moments.Parse);
        var name = hook.Value("name", Names.Any);
        var timeout = hook.Value("timeout", DurationReader.Parse);
        return hook.Value("url", Urls.Parse) is { } url
            ? new Located<StepHook>(
                new StepHook(name?.Value ?? url.Value.Host, url.Value, timeout?.Value ?? DefaultTimeout),
                name?.At ?? node)
            : null;
    }
}
