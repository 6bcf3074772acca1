using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads the ladder.</summary>
internal static class StepsReader
{
    private const string Example = "{ weight: 5%, hold: 10m, requests: 500 }";

    public static ImmutableArray<Step> Read(PlanSection plan, Problems problems)
    {
        if (plan.Find("steps") is not { } steps)
        {
            return DefaultPlan.Ladder;
        }

        var items = plan.List("steps");
        if (items is { Count: 0 })
        {
            problems.Add(steps, "There are no steps.", $"Add one, such as {Example}, or remove the key for the default ladder.");
        }

        var read = (items ?? []).Select(item => Step(item, problems)).OfType<Located<Step>>().ToList();
        RolloutPlanValidator.WeightsRise(read, problems);
        return [.. RolloutPlanValidator.EndAtFull([.. read.Select(step => step.Value)], problems)];
    }

    private static Located<Step>? Step(PlanNode node, Problems problems)
    {
        if (PlanSection.Open(node, PlanKeys.Step, Example, problems) is not { } step)
        {
            return null;
        }

        var shadow = step.Value("shadow", Shares.Weight);
        var weight = step.Value("weight", Shares.Weight);
        var hold = step.Value("hold", DurationReader.Parse);
        var bake = step.Value("bake", DurationReader.Parse);
        var requests = step.Value("requests", Numbers.Count);
        var approval = GatesReader.Approval(step);
        var only = step.Value("only", Choices.Only.Parse);
        if (step.Find("weight") is null && step.Find("shadow") is null)
        {
            step.Missing("weight", "The step has no weight.", $"Write a step as {Example}.");
        }

        RolloutPlanValidator.ShadowStandsAlone(step, problems);
        RolloutPlanValidator.BakeIsAtFull(step, weight, problems);
        RolloutPlanValidator.HasGate(step, problems);
        RolloutPlanValidator.OnlyIsBelowFull(only, weight, problems);
        return (shadow ?? weight) is { } share
            ? new Located<Step>(
                new Step(shadow is null ? share.Value : Weight.Zero, bake?.Value ?? hold?.Value ?? TimeSpan.Zero, requests?.Value ?? 1)
                {
                    Shadow = shadow?.Value ?? Weight.Zero,
                    Approval = approval,
                    OnlyReads = only is not null,
                },
                share.At)
            : null;
    }
}
