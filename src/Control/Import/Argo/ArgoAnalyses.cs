using Snapback.Control.Plans;

namespace Snapback.Control.Import.Argo;

/// <summary>The analyses of one Rollout as objectives.</summary>
internal sealed class ArgoAnalyses(Fields strategy, Manifest rollout)
{
    // Each step may ask all metrics of the file again: a small file could ask for a million.
    private const int MostMetrics = 1000;

    private readonly List<PlanNode> _objectives = [];
    private readonly List<int> _rungsAfter = [];
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private bool _told;

    /// <summary>One more of Argo's steps is read; startingStep counts those, from 0.</summary>
    /// <param name="rungs">Native steps so far.</param>
    public void NextIndex(int rungs) => _rungsAfter.Add(rungs);

    /// <returns>How long it takes, if all goes well: Argo keeps the weight for as long. Null if nothing of it is understood.</returns>
    public TimeSpan? Inline(Fields analysis, ArgoBeginning begins)
    {
        var checks = Checks(analysis, begins);
        if (checks.Where(check => !check.Entries.ContainsKey("count")).Select(ArgoMetric.Name).ToList() is { Count: > 0 } endless)
        {
            strategy.Problems.Note(
                $"Within a step, and an interval without a count ({string.Join(", ", endless)}): " +
                "in Argo the step never ends; here it does, and they are asked to the end.");
        }

        return Lasts(checks) - begins.After;
    }

    /// <summary>The analysis beside the steps, from its startingStep on.</summary>
    public void Background(Fields canary)
    {
        if (canary.Map("analysis") is not { } analysis)
        {
            return;
        }

        var index = analysis.Whole("startingStep") ?? 0;
        var isStep = index >= 0 && index < _rungsAfter.Count;
        if (!isStep)
        {
            analysis.Without(
                "startingStep", $"There is no step {index}, counted from 0: Argo would never ask.", "The analysis begins with the first weight.");
        }

        Checks(analysis, new ArgoBeginning(isStep ? Math.Max(1, _rungsAfter[index]) : 1));
    }

    /// <returns>Whether something is asked before the switch, and how long the analysis after it takes, if all goes well.</returns>
    public (bool Before, TimeSpan After) BlueGreen(Fields blueGreen)
    {
        var before = blueGreen.Map("prePromotionAnalysis") is { } first && Inline(first, new ArgoBeginning(0)) is not null;
        return (before, blueGreen.Map("postPromotionAnalysis") is { } then ? Lasts(Checks(then, new ArgoBeginning(1))) ?? TimeSpan.Zero : TimeSpan.Zero);
    }

    public IReadOnlyList<PlanNode> Objectives() => _objectives.Count > 0
        ? _objectives
        : [DefaultObjective.At(strategy.At, "The Rollout measures nothing that is understood", strategy.Problems)];

    private static TimeSpan? Lasts(IEnumerable<PlanMap> checks) => checks.Max(check => (TimeSpan?)ArgoMetric.Lasts(check));

    private List<PlanMap> Checks(Fields analysis, ArgoBeginning begins)
    {
        var first = _objectives.Count;
        Take(analysis, begins);
        analysis.Close();
        return [.. _objectives.Skip(first).Cast<PlanMap>()];
    }

    private void Take(Fields analysis, ArgoBeginning begins)
    {
        analysis.Elsewhere("measurementRetention", "analysisRunMetadata");
        var templates = new ArgoTemplates(strategy, rollout).Of(analysis);
        var arguments = new ArgoArguments(analysis.Maps("args"), rollout);
        foreach (var template in templates)
        {
            arguments.AddDefaults(template.Maps("args"));
            template.Elsewhere("measurementRetention", "ttlStrategy");
        }

        var dryRun = templates.Prepend(analysis).SelectMany(DryRun).ToList();
        foreach (var template in templates)
        {
            Metrics(template, arguments, begins, dryRun);
            template.Close();
        }

        if (_objectives.Count > 0 && !_told)
        {
            _told = true;
            strategy.Problems.Note(
                "An analysis whose measurements fail to be taken aborts in Argo after five in a row, or by its consecutiveErrorLimit; " +
                "here it holds the step and somebody is told.");
        }
    }

    private static IEnumerable<string> DryRun(Fields at) => at.Maps("dryRun").Select(entry => entry.Text("metricName")).OfType<string>();

    private void Metrics(Fields template, ArgoArguments arguments, ArgoBeginning begins, List<string> dryRun)
    {
        foreach (var metric in template.List("metrics"))
        {
            if (_objectives.Count == MostMetrics)
            {
                strategy.Problems.Add(strategy.At, $"Its analyses ask more than {MostMetrics} metrics.", "Ask fewer, or in fewer steps.");
                return;
            }

            var filled = arguments.Fill(metric, strategy.Problems, out var missing);
            if (missing.Count > 0)
            {
                strategy.Problems.NotUnderstood(
                    metric,
                    $"It needs {string.Join(" and ", missing.Order().Select(name => $"args.{name}"))}, which has no value in this file.",
                    "The metric is left out.");
            }
            else if (Fields.Of(filled, strategy.File) is { } fields && ArgoMetric.Check(fields, begins, dryRun) is { } check)
            {
                _objectives.Add(OwnName.Of(check, _names));
            }
        }
    }
}
