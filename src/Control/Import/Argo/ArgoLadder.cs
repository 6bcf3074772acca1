using System.Globalization;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Argo;

/// <summary>Argo's list of steps as weights with gates: a pause belongs to the weight before it.</summary>
internal sealed class ArgoLadder
{
    private const int Whole = 100;
    private static readonly TimeSpan DefaultBake = TimeSpan.FromMinutes(30);

    private readonly int _most;
    private readonly List<Rung> _rungs = [];
    private readonly Fields _canary;
    private readonly ArgoAnalyses _analyses;
    private readonly ArgoRoutes _routes;

    private ArgoLadder(Fields canary, ArgoAnalyses analyses, ArgoRoutes routes)
    {
        (_canary, _analyses, _routes) = (canary, analyses, routes);
        _most = canary.Map("trafficRouting")?.Whole("maxTrafficWeight") is { } most and > 0 ? most : Whole;
        if (_most != Whole)
        {
            canary.Problems.Note($"Weights are out of {_most} (maxTrafficWeight), and are written as shares of 100%.");
        }
    }

    /// <param name="routes">Gets the routes that the steps set.</param>
    public static IReadOnlyList<PlanNode> Steps(IReadOnlyList<PlanNode> steps, Fields canary, ArgoAnalyses analyses, ArgoRoutes routes)
    {
        var ladder = new ArgoLadder(canary, analyses, routes);
        foreach (var step in steps.Select(step => Fields.Of(step, canary.File)).OfType<Fields>())
        {
            ladder.Take(step);
            analyses.NextIndex(ladder._rungs.Count);
        }

        return ladder.Written();
    }

    private void Take(Fields step)
    {
        if (step.At.Entries.Values.All(entry => entry.Value is PlanNull))
        {
            _canary.Problems.Add(
                step.At,
                "The step says nothing: Argo refuses it.",
                "Give it a value, such as pause: {} to wait for somebody, or setWeight: 20.");
        }

        if (step.Scalar("setWeight") is { } weight)
        {
            Weight(Share(weight));
        }

        if (step.Find("pause") is { } pause)
        {
            Pause(step, pause);
        }

        if (step.Map("analysis") is { } analysis)
        {
            Analysis(analysis);
        }

        step.Elsewhere("setCanaryScale", "replicaProgressThreshold");
        step.Without("experiment", "An experiment runs pods beside the rollout; Snapback starts none.", "The step is left out.");
        var hasWeight = _rungs.Exists(rung => !rung.IsShadow);
        _routes.Header(step, hasWeight);
        if (ArgoRoutes.Mirror(step, hasWeight) is { } copies)
        {
            _rungs.Add(new Rung(copies) { IsShadow = true });
        }

        step.Without("plugin", "A plugin cannot run here.", "The step is left out.");
        step.Close();
    }

    /// <summary>NGINX and plugins may count weights out of more than 100.</summary>
    private PlanScalar Share(PlanScalar weight)
    {
        if (_most == Whole || Numbers.Parse(weight.Text) is not { Fault: null } number)
        {
            return weight;
        }

        return NativeMap.Scalar((number.Value * Whole / _most).ToString("0.####", CultureInfo.InvariantCulture), weight);
    }

    private void Analysis(Fields analysis)
    {
        var rung = _rungs.LastOrDefault();
        if (_analyses.Inline(analysis, new ArgoBeginning(_rungs.Count, rung?.Hold ?? TimeSpan.Zero)) is not { } lasts || rung is null)
        {
            return;
        }

        if (lasts > TimeSpan.Zero)
        {
            rung.Analysis += lasts;
            _canary.Problems.Note($"The analysis at {rung.Weight.Text}% takes {Durations.Format(lasts)}; its step is as much longer, as in Argo.");
        }

        if (rung.Approval is not null)
        {
            _canary.Problems.Note(
                $"At {rung.Weight.Text}% Argo begins the analysis when somebody has ended the pause; here the approval is asked for when the analysis is through.");
        }
    }

    private void Weight(PlanScalar weight)
    {
        if (weight.Text == "0" && _rungs.TrueForAll(rung => rung.IsShadow))
        {
            return;
        }

        if (_rungs.Count > 0 && !_rungs[^1].IsShadow && _rungs[^1].Weight.Text == weight.Text)
        {
            return;
        }

        _rungs.Add(new Rung(weight));
    }

    private void Pause(Fields step, PlanNode pause)
    {
        if (Fields.Of(pause, _canary.File) is not { } fields)
        {
            return;
        }

        var duration = fields.Value("duration", ManifestNumbers.Duration);
        var isEndless = !fields.Has("duration");
        fields.Close();
        if (_rungs.Count == 0)
        {
            step.Without(
                "pause",
                "A pause before the first weight has no traffic to watch.",
                "It is left out; nothing happens until somebody gives 'snapback start'.");
        }
        else if (isEndless)
        {
            _rungs[^1].Approval = pause;
        }
        else if (duration is { } given)
        {
            _rungs[^1].Pause += given.Value;
        }
    }

    private List<PlanNode> Written()
    {
        if (_rungs.Count == 0)
        {
            _canary.Problems.Add(
                _canary.Find("steps")!,
                "No step sets a weight: no traffic would be shifted.",
                "Add a step such as setWeight: 20; experiments and previews alone have nothing to do here.");
            return [];
        }

        var steps = _rungs.Select(Written).ToList<PlanNode>();
        if (_rungs[^1].IsShadow || _rungs[^1].Weight.Text != "100")
        {
            var hold = _rungs[^1].Pause is var last && last > TimeSpan.Zero ? last : DefaultBake;
            steps.Add(new NativeMap(_rungs[^1].Weight).Set("weight", "100%").Set("bake", Durations.Format(hold)).Node);
            var before = _rungs[^1].IsShadow ? "the copies" : _rungs[^1].Weight.Text + "%";
            _canary.Problems.Note(
                $"After {before} Argo goes to 100%, unwatched; " +
                $"here 100% bakes for {Durations.Format(hold)}, with the rollback armed, before it is promoted.");
        }

        return steps;
    }

    private PlanMap Written(Rung rung)
    {
        var isFull = !rung.IsShadow && rung.Weight.Text == "100";
        var step = new NativeMap(rung.Weight).Set(rung.IsShadow ? "shadow" : "weight", rung.Weight.Text + "%", rung.Weight);
        if (rung.Hold > TimeSpan.Zero || isFull)
        {
            step.Set(isFull ? "bake" : "hold", Durations.Format(rung.Hold > TimeSpan.Zero ? rung.Hold : DefaultBake));
            if (rung.Hold == TimeSpan.Zero)
            {
                _canary.Problems.Note(
                    "100% has no timed pause, and Argo promotes at once; " +
                    $"here it bakes for {Durations.Format(DefaultBake)}, with the rollback armed, before it is promoted.");
            }
        }
        else if (rung.Approval is null)
        {
            step.Set("requests", "1");
            var copies = rung.IsShadow ? " of copies" : "";
            _canary.Problems.Note($"{rung.Weight.Text}%{copies} has no timed pause; it goes up after its first canary response.");
        }

        if (rung.Approval is { } approval)
        {
            step.Set("approval", "true", approval);
        }

        return step.Node;
    }

    private sealed class Rung(PlanScalar weight)
    {
        public PlanScalar Weight { get; } = weight;

        public TimeSpan Pause { get; set; }

        public TimeSpan Analysis { get; set; }

        public TimeSpan Hold => Pause + Analysis;

        /// <summary>The weight is the share of requests that are copied.</summary>
        public bool IsShadow { get; init; }

        /// <summary>Where an endless pause stands; null for none.</summary>
        public PlanNode? Approval { get; set; }
    }
}
