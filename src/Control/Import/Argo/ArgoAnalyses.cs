using Snapback.Control.Plans;

namespace Snapback.Control.Import.Argo;

/// <summary>The analyses of one Rollout as objectives.</summary>
internal sealed class ArgoAnalyses(Fields strategy)
{
    private const string NotYet = "Analyses by query are not part of this version.";

    private readonly List<PlanNode> _objectives = [];
    private int _index;

    /// <summary>The next of Argo's steps is read: startingStep counts those.</summary>
    public void NextIndex() => _index++;

    /// <param name="step">1-based number of the native step that the analysis stands in; 0 before the first.</param>
    public void Inline(Fields analysis, int step) =>
        strategy.Problems.NotUnderstood(analysis.At, NotYet, "It is left out.");

    public static void Background(Fields canary) => canary.Without("analysis", NotYet, "It is left out.");

    public static void BlueGreen(Fields strategy)
    {
        strategy.Without("prePromotionAnalysis", NotYet, "It is left out.");
        strategy.Without("postPromotionAnalysis", NotYet, "It is left out.");
    }

    public IReadOnlyList<PlanNode> Objectives() => _objectives.Count > 0
        ? _objectives
        : [DefaultObjective.At(strategy.At, "The Rollout measures nothing that is understood", strategy.Problems)];
}
