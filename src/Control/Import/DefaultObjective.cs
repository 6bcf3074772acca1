using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>What watches a rollout whose manifest watches nothing.</summary>
internal static class DefaultObjective
{
    public static PlanNode At(PlanNode at, string why, Problems problems)
    {
        problems.Note($"{why}: success-rate with min 99.5% was added, since no rollout starts without a trigger.");
        return new NativeMap(at).Set("metric", "success-rate").Set("min", "99.5%").Node;
    }
}
