using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads the calls that are made at points of the rollout, and those after a rollback.</summary>
internal static class HooksReader
{
    private const string Example = "{ when: step, url: http://smoke-runner/run, timeout: 30s }";
    private const int MostRetries = 20;

    /// <summary>The word is a hook point of the plan's schema.</summary>
    public static bool Knows(string when) => Choices.HookPoint.Parse(when).Fault is null;

    public static ImmutableArray<Hook> Read(PlanSection plan, RollbackTerms rollback, IEnumerable<Objective> objectives, Problems problems)
    {
        var hooks = (plan.List("hooks") ?? []).Select(item => One(item, PlanKeys.Hook, Example, problems)).OfType<Located<Hook>>().ToList();
        RolloutPlanValidator.HooksAreTold(hooks, rollback.Hooks, objectives, problems);
        return [.. hooks.Select(hook => hook.Value)];
    }

    /// <summary>They have no other moment than the rollback.</summary>
    public static ImmutableArray<Hook> AfterRollback(PlanSection rollback, Problems problems) =>
    [
        .. (rollback.List("hooks") ?? [])
            .Select(item => One(item, PlanKeys.RollbackHook, "{ url: http://deployer/scale-down }", problems))
            .OfType<Located<Hook>>()
            .Select(hook => hook.Value with { When = HookPoint.PostRollout }),
    ];

    private static Located<Hook>? One(PlanNode node, string[] keys, string example, Problems problems)
    {
        if (PlanSection.Open(node, keys, example, problems) is not { } hook)
        {
            return null;
        }

        if (hook.Find("url") is null)
        {
            hook.Missing("url", "The hook has no url.", $"Write it as {example}.");
        }

        // As in Flagger a hook without a type is asked at every step.
        var when = hook.Value("when", Choices.HookPoint.Parse)?.Value ?? HookPoint.Step;
        var name = hook.Value("name", Names.Any);
        var timeout = hook.Value("timeout", DurationReader.Parse);
        var retries = hook.Value("retries", Retries);
        var interval = hook.Value("interval", DurationReader.Parse);
        var onDown = hook.Value("onDown", Choices.HookDown.Parse);
        var counts = hook.Value("onFailure", Choices.HookFailure.Parse);
        if (counts is { Value: true, At: var at } && when is not (HookPoint.Step or HookPoint.PreRollout))
        {
            hook.Refuse(at, "Only a no of a step or pre-rollout hook can count; any other waits, or is told.", "Remove it.");
        }

        if (counts is { Value: false, At: var place } && when is not (HookPoint.Step or HookPoint.PreRollout))
        {
            hook.Refuse(place, "Only a no of a step or pre-rollout hook rolls back; any other waits, or is told.", "Remove it.");
        }

        var metadata = Metadata(hook);
        return hook.Value("url", Urls.Parse) is { } url
            ? new Located<Hook>(
                new Hook(name?.Value ?? url.Value.Host, when, url.Value, timeout?.Value ?? Hook.DefaultTimeout)
                {
                    Retries = retries?.Value ?? 0,
                    Interval = interval?.Value ?? Hook.DefaultInterval,
                    OnDown = onDown?.Value ?? HookDown.Hold,
                    FailureCounts = counts?.Value ?? false,
                    Metadata = metadata,
                },
                name?.At ?? node)
            : null;
    }

    private static ImmutableSortedDictionary<string, string> Metadata(PlanSection hook)
    {
        switch (hook.Find("metadata"))
        {
            case PlanMap map:
                return map.Entries
                    .Select(entry => (entry.Key, Text: hook.Value(entry.Value.Value, text => (Parsed<string>)text)?.Value ?? ""))
                    .ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Text, StringComparer.Ordinal);
            case { } node and not PlanBroken:
                hook.Refuse(node, "The metadata is no map of texts.", "Write metadata: { key: value }.");
                break;
        }

        return ImmutableSortedDictionary<string, string>.Empty;
    }

    private static Parsed<int> Retries(string text)
    {
        var number = Numbers.Parse(text);
        return number.Fault is { } fault ? fault
            : number.Value is >= 0 and <= MostRetries && decimal.IsInteger(number.Value) ? (int)number.Value
            : new Fault($"{Shown.Plain(text)} is not a whole number from 0 to {MostRetries}.", "Write a number such as 3.");
    }
}
